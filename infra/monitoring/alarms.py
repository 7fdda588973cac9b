"""The alarms of an environment, and the form that all of them have."""

from __future__ import annotations

import re
from typing import Final

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

_TWICE: Final = 2
RUNBOOK: Final = "docs/runbook.md"


class Alarms(Construct):
    """Alarms that tell one topic when they begin and when they end."""

    def __init__(self, scope: Construct, construct_id: str, *, topic: sns.ITopic) -> None:
        super().__init__(scope, construct_id)
        self._tell = actions.SnsAction(topic)
        self.all: list[cloudwatch.Alarm] = []

    def above(
        self,
        name: str,
        metric: cloudwatch.IMetric,
        threshold: float,
        advice: str,
        *,
        periods: int = _TWICE,
        place: str = "",
    ) -> None:
        """Add an alarm that rings while a metric is above a threshold for some periods in a row.

        A period without data counts as well: what goes wrong tells of itself. `advice` says what the alarm means and
        where to look first. Alarms of one name differ in `place`, and share their part of the runbook.
        """
        self._add(f"{name}{place}", name, metric, threshold, advice, periods)

    def below(self, name: str, metric: cloudwatch.IMetric, threshold: float, advice: str, *, periods: int) -> None:
        """Add an alarm that rings while a metric is below a threshold, or is not told at all."""
        self._add(name, name, metric, threshold, advice, periods, rings_without_data=True)

    def _add(
        self,
        construct_id: str,
        name: str,
        metric: cloudwatch.IMetric,
        threshold: float,
        advice: str,
        periods: int,
        rings_without_data: bool = False,
    ) -> None:
        alarm = cloudwatch.Alarm(
            self,
            construct_id,
            metric=metric,
            threshold=threshold,
            comparison_operator=(
                cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD
                if rings_without_data
                else cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
            ),
            evaluation_periods=periods,
            treat_missing_data=(
                cloudwatch.TreatMissingData.BREACHING
                if rings_without_data
                else cloudwatch.TreatMissingData.NOT_BREACHING
            ),
            alarm_description=f"{advice} Runbook: {RUNBOOK}#{_anchor(name)}",
        )
        alarm.add_alarm_action(self._tell)
        alarm.add_ok_action(self._tell)
        self.all.append(alarm)


def _anchor(name: str) -> str:
    """The heading of an alarm in the runbook, as links have it."""
    return "-".join(re.findall("[A-Z][a-z]+", name)).lower()
