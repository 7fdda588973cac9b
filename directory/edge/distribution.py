"""Counts durations by their size. Noting one is cheap, and percentiles can be computed."""

from __future__ import annotations

from bisect import bisect_left
from typing import Final, NamedTuple

# In seconds, each a quarter more than the one before, from half a millisecond to a minute.
_BOUNDS: Final = tuple(0.0005 * 1.25**step for step in range(53))


class Figures(NamedTuple):
    """The content of a distribution: values in seconds, their counts, and the exact extremes and sum."""

    values: list[float]
    counts: list[int]
    least: float
    most: float
    total: float


class Distribution:
    """Durations since they were taken out last."""

    __slots__ = ("_counts", "_least", "_most", "_total")

    _counts: list[int]
    _total: float
    _most: float
    _least: float

    def __init__(self) -> None:
        self._clear()

    def add(self, seconds: float) -> None:
        """Note one."""
        self._counts[bisect_left(_BOUNDS, seconds)] += 1
        self._total += seconds
        if seconds > self._most:
            self._most = seconds
        if seconds < self._least:
            self._least = seconds

    def take(self) -> Figures | None:
        """Take all out; None when there is nothing. A value stands for those from the next smaller one up to it."""
        if not any(self._counts):
            return None
        found = [(value, count) for value, count in zip((*_BOUNDS, self._most), self._counts, strict=True) if count]
        # Extremes are known exactly, and no value may lie outside them.
        figures = Figures(
            [min(value, self._most) for value, _ in found],
            [count for _, count in found],
            max(self._least, 0.0),
            self._most,
            self._total,
        )
        self._clear()
        return figures

    def _clear(self) -> None:
        self._counts = [0] * (len(_BOUNDS) + 1)
        self._total = 0.0
        self._most = 0.0
        self._least = float("inf")
