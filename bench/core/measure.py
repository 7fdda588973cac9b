"""CPU time of the operations, as multiples of the calibration loop."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from time import process_time_ns
from typing import Final

from bench.core import operations
from bench.core.calibration import calibrate
from bench.core.operations import Group, Operation
from bench.core.rig import Rig
from sip_edge.process.gc_tuning import settle_memory

_GROUP: Final = 150
_START: Final = 1_700_000_000.0
_TRANSACTIONS_END_S: Final = 40.0


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of one operation: CPU microseconds, and turns of the calibration loop."""

    microseconds: float
    turns: float


def measure(rounds: int) -> dict[str, Cost]:
    """The median costs of all operations by their names. Each is measured next to a calibration of its own.

    The phones of each round are others, as on an edge where thousands come before the same one comes again. A memory
    of the last few helps as little here as there.
    """
    rig = Rig(_START)
    groups = [Group(rig, range(i * _GROUP, (i + 1) * _GROUP)) for i in range(rounds)]
    settle_memory()
    for group in groups:
        _spent(operations.registration, group)
    found: dict[str, list[Cost]] = {operation.__name__: [] for operation in operations.ALL}
    for group in groups:
        for operation in operations.ALL:
            before = calibrate()
            spent = _spent(operation, group)
            turn = (before + calibrate()) / 2
            found[operation.__name__].append(Cost(spent, spent / turn))
    return {
        name: Cost(median(c.microseconds for c in costs), median(c.turns for c in costs))
        for name, costs in found.items()
    }


def _spent(operation: Operation, group: Group) -> float:
    """CPU microseconds of one operation, until the last of its transactions is forgotten."""
    rig, spent = group.rig, 0
    for stage in operation(group):
        start = process_time_ns()
        for data, wire in stage:
            rig.receive(data, wire)
        spent += process_time_ns() - start
    start = process_time_ns()
    rig.pass_time(_TRANSACTIONS_END_S)
    spent += process_time_ns() - start
    return spent / 1000 / _GROUP
