"""Token buckets in bounded memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable


class Buckets:
    """A bucket for each name: `burst` tokens that come back at `rate` a second.

    Only those that are not full are remembered, at most `most` of them. Beyond that the one that was used longest ago
    is forgotten. A forgotten bucket is full again. Seconds are those of any one clock.
    """

    __slots__ = ("_buckets", "_burst", "_most", "_rate")

    def __init__(self, burst: float, rate: float, most: int) -> None:
        self._burst = burst
        self._rate = rate
        self._most = most
        self._buckets: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        """Returns how many buckets are remembered."""
        return len(self._buckets)

    def is_empty(self, name: Hashable, now: float) -> bool:
        """Returns whether the bucket has less than one token."""
        return name in self._buckets and self._left(name, now) < 1

    def spend(self, name: Hashable, now: float) -> bool:
        """Takes a token if there is one. Returns whether that was the last."""
        left = self._left(name, now)
        if left < 1:
            return False
        self._buckets[name] = (left - 1, now)
        self._buckets.move_to_end(name)
        self._forget_one(now)
        return left < 2

    def _left(self, name: Hashable, now: float) -> float:
        left, since = self._buckets.get(name, (self._burst, now))
        return min(self._burst, left + max(0.0, now - since) * self._rate)

    def _forget_one(self, now: float) -> None:
        """Forgets the bucket used longest ago, if it is full again or too many are remembered."""
        oldest = next(iter(self._buckets))
        if len(self._buckets) > self._most or self._left(oldest, now) >= self._burst:
            del self._buckets[oldest]
