"""CPU time of the operations, as multiples of the calibration loop."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from statistics import median
from time import process_time_ns
from typing import Final

from bench.core import operations
from bench.core.calibration import calibrate
from bench.core.operations import Operation, Population

_POPULATION: Final = 100
_TRANSACTIONS_END_S: Final = 40.0


@dataclass(frozen=True, slots=True)
class Cost:
    """What one operation costs: CPU microseconds, and turns of the calibration loop."""

    microseconds: float
    turns: float


def measure(rounds: int) -> dict[str, Cost]:
    """The median costs of all operations by their names. Each is measured next to a calibration of its own."""
    people = Population(_POPULATION)
    found: dict[str, list[Cost]] = {operation.__name__: [] for operation in operations.ALL}
    gc.collect()
    gc.freeze()
    for round_ in range(rounds + 1):
        for operation in operations.ALL:
            before = calibrate()
            spent = _spent(operation, people)
            turn = (before + calibrate()) / 2
            if round_:  # the first one fills caches
                found[operation.__name__].append(Cost(spent, spent / turn))
    return {
        name: Cost(median(c.microseconds for c in costs), median(c.turns for c in costs))
        for name, costs in found.items()
    }


def _spent(operation: Operation, people: Population) -> float:
    """CPU microseconds of one operation, until the last of its transactions is forgotten."""
    rig, spent = people.rig, 0
    for stage in operation(people):
        start = process_time_ns()
        for data, wire in stage:
            rig.receive(data, wire)
        spent += process_time_ns() - start
    start = process_time_ns()
    rig.pass_time(_TRANSACTIONS_END_S)
    spent += process_time_ns() - start
    return spent / 1000 / people.size
