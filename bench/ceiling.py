"""The highest rate at which nothing fails and nothing has to be said twice."""

from __future__ import annotations

from typing import Final

from bench.load import Sipp
from bench.measurement import Operation, Sample, measure
from bench.peers.peer import Peer

_FIRST: Final = 500
_FINE: Final = 1.1
_TRIES: Final = 2  # a neighbour's burst must not decide


def highest_clean(peer: Peer, sipp: Sipp, operation: Operation, seconds: float) -> tuple[int, Sample | None]:
    """The rate, found by doubling and then halving the gap, and what was measured there."""
    low, best, high = 0, None, _FIRST
    while sample := _clean(peer, sipp, operation, high, seconds):
        low, best, high = high, sample, high * 2
    while low and high > low * _FINE:
        middle = (low + high) // 2
        if sample := _clean(peer, sipp, operation, middle, seconds):
            low, best = middle, sample
        else:
            high = middle
    return low, best


def _clean(peer: Peer, sipp: Sipp, operation: Operation, rate: int, seconds: float) -> Sample | None:
    for _ in range(_TRIES):
        sample = measure(peer, sipp, operation, rate, seconds)
        if sample.clean:
            return sample
    return None
