"""Alarms as CloudWatch evaluates them (CloudWatch User Guide, "Alarm evaluation" and "Configuring how CloudWatch alarms
treat missing data")."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import fmean
from typing import Any, Final, NamedTuple

from tests.infra.account.resources import Resource

# CloudWatch looks at some more periods than an alarm needs, to leave out those without data.
_MORE_PERIODS: Final = 2
# Alarms on metrics of this namespace ignore missing data, whatever they say (PutMetricAlarm, TreatMissingData).
_IGNORES_MISSING: Final = "AWS/DynamoDB"
_COMPARISONS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


class Metric(NamedTuple):
    """A metric by its namespace, name and dimensions."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]

    def dimension(self, name: str) -> str:
        """The value of a dimension, "" when the metric does not have it."""
        return dict(self.dimensions).get(name, "")


Samples = Callable[[Metric, int], Sequence[float]]
"""The samples of a metric that are told in a minute, which is counted from the beginning of a scene."""


class Alarm:
    """An alarm of the templates. Its periods are whole minutes."""

    def __init__(self, resource: Resource) -> None:
        written = resource.properties
        self.name = resource.logical_id
        self._periods = written["EvaluationPeriods"]
        self._to_alarm = written.get("DatapointsToAlarm", self._periods)
        self._breaches = _COMPARISONS[written["ComparisonOperator"]]
        self._threshold = float(written["Threshold"])
        self._queries = written.get("Metrics") or [{"Id": "m", "MetricStat": _as_query(written), "ReturnData": True}]
        self._stats = {q["Id"]: q["MetricStat"] for q in self._queries if "MetricStat" in q}
        self.period_min = next(int(stat["Period"]) for stat in self._stats.values()) // 60
        self.metrics = {name: _metric(stat["Metric"]) for name, stat in self._stats.items()}
        ignores = not self._is_math and any(m.namespace == _IGNORES_MISSING for m in self.metrics.values())
        self._missing = "ignore" if ignores else written.get("TreatMissingData", "missing")

    @property
    def _is_math(self) -> bool:
        return any("Expression" in query for query in self._queries)

    def rings(self, samples: Samples, minutes: int) -> Iterator[tuple[int, bool]]:
        """The minutes at which the alarm changes between well (False) and ringing (True). It begins as well."""
        is_ringing = False
        values: list[float | None] = []
        for end in range(self.period_min, minutes + 1, self.period_min):
            values.append(self._value(samples, range(end - self.period_min, end)))
            rings = self._judge(values[-self._periods - _MORE_PERIODS :], is_ringing)
            if rings is not is_ringing:
                is_ringing = rings
                yield end, rings

    def _judge(self, values: list[float | None], is_ringing: bool) -> bool:
        """Whether the last values make the alarm ring: real ones alone where there are enough of them."""
        real = [value for value in values if value is not None]
        if len(real) >= self._periods:
            last: list[float | None] = [*real[-self._periods :]]
        elif not real and self._missing in ("ignore", "missing"):
            return is_ringing
        else:
            last = values[-self._periods :]
        breaching = sum(
            self._breaches(value, self._threshold) if value is not None else self._missing == "breaching"
            for value in last
        )
        if self._missing == "ignore" and None in last and breaching < self._to_alarm:
            return is_ringing
        return bool(breaching >= self._to_alarm)

    def _value(self, samples: Samples, minutes: range) -> float | None:
        found = {
            name: _statistic(stat["Stat"], [s for minute in minutes for s in samples(self.metrics[name], minute)])
            for name, stat in self._stats.items()
        }
        (query,) = [query for query in self._queries if query.get("ReturnData", True)]
        return _calculate(query["Expression"], found) if "Expression" in query else found[query["Id"]]


def _as_query(written: Mapping[str, Any]) -> dict[str, Any]:
    stat = written.get("ExtendedStatistic") or written["Statistic"]
    return {"Metric": written, "Period": written["Period"], "Stat": stat}


def _metric(written: Mapping[str, Any]) -> Metric:
    dimensions = tuple((d["Name"], str(d["Value"])) for d in written.get("Dimensions", ()))
    return Metric(written["Namespace"], written["MetricName"], dimensions)


def _statistic(name: str, samples: list[float]) -> float | None:
    if name == "SampleCount":
        return float(len(samples)) or None
    if not samples:
        return None
    match name:
        case "Sum":
            return sum(samples)
        case "Average":
            return fmean(samples)
        case "Minimum":
            return min(samples)
        case "Maximum":
            return max(samples)
        case "p99":
            return sorted(samples)[len(samples) * 99 // 100]
    raise NotImplementedError(name)


def _calculate(expression: str, values: Mapping[str, float | None]) -> float | None:
    """Metric math for one period (CloudWatch User Guide, "Using math expressions"): no value without all operands."""
    tree = ast.fix_missing_locations(_Branches().visit(ast.parse(expression, mode="eval")))
    names: dict[str, Any] = {
        **values,
        "FILL": lambda value, filling: filling if value is None else value,
        "__builtins__": {},
    }
    try:
        result = eval(compile(tree, "<metric math>", "eval"), names)  # an expression of the templates
    except (TypeError, ZeroDivisionError):
        return None
    return None if result is None else float(result)


class _Branches(ast.NodeTransformer):
    """Makes `IF(condition, then, otherwise)` take one of both, as metric math does."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "IF":
            return ast.IfExp(*node.args)
        return node
