"""Stops asking a provider for an app that it doesn't serve now (circuit breaker)."""

from __future__ import annotations

from typing import Final

from sip_edge.push.outcome import Outcome, Result

_FAILURES: Final = 5  # in a row
_PAUSE_S: Final = 5.0  # doubled with each further failure
_LONGEST_PAUSE_S: Final = 160.0
_PROBE_S: Final = 10.0  # how long one push may try while all others are still answered at once


class Circuit:
    """The circuit of one app. `now` is in seconds of one clock.

    It opens after five failures in a row, and for as long as a provider says. An open circuit gives its last outcome.
    After its pause one push is let through, and decides.
    """

    __slots__ = ("_failures", "_last", "_open_until")

    def __init__(self) -> None:
        self._failures = 0
        self._last: Outcome | None = None
        self._open_until = 0.0

    def answer(self, now: float) -> Outcome | None:
        """Returns the outcome to give without a push, None to send one."""
        if self._last is None:
            return None
        if now < self._open_until:
            return self._last
        self._open_until = now + _PROBE_S
        return None

    def note(self, outcome: Outcome, now: float) -> None:
        """Take the outcome of a push that was sent."""
        is_failure = outcome.result is Result.UNAVAILABLE
        self._failures = self._failures + 1 if is_failure else 0
        pause = outcome.pause_s
        if self._failures >= _FAILURES:
            pause = max(pause, min(_LONGEST_PAUSE_S, _PAUSE_S * 2 ** (self._failures - _FAILURES)))
        self._last = outcome if pause else None
        self._open_until = now + pause
