"""Recognises replayed messages, so that none is acted upon twice (an anti-replay window as in RFC 4303 §3.4.3)."""

from __future__ import annotations

from typing import Final

_SIZE: Final = 1 << 16


class ReplayWindow:
    """The outcomes of the newest 65,536 numbers of one sender, a byte each. An outcome is 1 to 255."""

    __slots__ = ("_highest", "_outcomes")

    def __init__(self) -> None:
        self._highest = -1
        self._outcomes = bytearray(_SIZE)

    def is_too_old(self, number: int) -> bool:
        """Whether a number is left of the window, so that an earlier arrival is not known any more."""
        return number <= self._highest - _SIZE

    def outcome(self, number: int) -> int:
        """Returns the outcome of a number, 0 when it is new."""
        return 0 if number > self._highest else self._outcomes[number % _SIZE]

    def note(self, number: int, outcome: int) -> None:
        """Keeps the outcome of a number that is not too old."""
        if number > self._highest:
            if number - self._highest >= _SIZE:
                self._outcomes = bytearray(_SIZE)
            else:
                for skipped in range(self._highest + 1, number):
                    self._outcomes[skipped % _SIZE] = 0
            self._highest = number
        self._outcomes[number % _SIZE] = outcome
