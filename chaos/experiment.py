"""Defines an experiment and its result."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles


@dataclass(slots=True)
class Findings:
    """`figures` are what was seen, by what it is; `broken` says in which ways the invariant did not hold."""

    figures: dict[str, str] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def require(self, holds: bool, otherwise: str) -> None:
        """A part of the invariant."""
        if not holds:
            self.broken.append(otherwise)


@dataclass(frozen=True, slots=True)
class Experiment:
    """`run` gets a folder for logs."""

    name: str
    invariant: str
    run: Callable[[Path], Coroutine[None, None, Findings]]


def percentile(seconds: list[float], of_100: int) -> float:
    """A percentile of at least two durations."""
    return quantiles(seconds, n=100)[of_100 - 1]


def in_ms(seconds: float) -> str:
    """Seconds, to be read as milliseconds."""
    return f"{seconds * 1000:,.0f} ms"
