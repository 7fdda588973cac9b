"""Random tokens for branches and tags."""

from __future__ import annotations

import os
from typing import Final

_SIZE: Final = 8
_POOL: Final = 512


class Tokens:
    """Tokens of 64 random bits in hex, so that no sender guesses a branch or tag (RFC 3261 §8.1.1.7, §19.3).

    They are drawn many at a time. A system call for each would cost more than the rest of a transaction.
    """

    __slots__ = ("_at", "_pool")

    def __init__(self) -> None:
        self._pool = ""
        self._at = 0

    def next(self) -> str:
        """Returns a token that was never returned before."""
        if self._at >= len(self._pool):
            self._pool = os.urandom(_SIZE * _POOL).hex()
            self._at = 0
        token = self._pool[self._at : self._at + 2 * _SIZE]
        self._at += 2 * _SIZE
        return token
