"""Tells refused phones when to register again, so that their next tries are spread over time.

`AddressUpdates` asks it when the directory can't answer.
"""

from __future__ import annotations

from random import uniform
from typing import Final

_SOONEST_S: Final = 5.0
_SPREAD_S: Final = 10.0
_LATEST_S: Final = 300.0
_STEP_S: Final = 1.0
_FIRST_RATE: Final = 1000.0  # writes a second, until the first refusals have shown how many the directory serves
_LEAST_RATE: Final = 50.0  # an outage serves none; phones are to come back soon after its end
_WEIGHT: Final = 0.3


class RetryAfter:
    """The queue of refused phones, as a time for each (RFC 3261 §20.33). `now` is in seconds of one clock.

    The queue moves at the rate of served writes. So phones come back as fast as the directory serves them, whether a
    hundred or a million were refused. Only seconds with refusals show the most that is served, so the rate is measured
    in those. A random part keeps phones apart.
    """

    __slots__ = ("_rate", "_refused", "_served", "_step_began", "_taken_until")

    def __init__(self) -> None:
        self._rate = _FIRST_RATE
        self._refused = 0
        self._served = 0
        self._step_began = 0.0
        self._taken_until = 0.0

    def refuse(self, now: float) -> int:
        """Counts a refused change, and returns the seconds until its next try."""
        self._measure(now)
        self._refused += 1
        self._taken_until = min(max(self._taken_until, now) + 1 / self._rate, now + _LATEST_S)
        return round(self._taken_until - now + uniform(_SOONEST_S, _SOONEST_S + _SPREAD_S))  # noqa: S311

    def serve(self, now: float) -> None:
        """Counts a served change."""
        self._measure(now)
        self._served += 1

    def _measure(self, now: float) -> None:
        elapsed = now - self._step_began
        if 0 <= elapsed < _STEP_S:
            return
        if self._refused and self._served and elapsed > 0:
            self._rate += _WEIGHT * (max(_LEAST_RATE, self._served / elapsed) - self._rate)
        self._step_began = now
        self._refused = self._served = 0
