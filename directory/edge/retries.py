"""When to ask again what DynamoDB has throttled: later, at random, and seldom enough not to add to its load."""

from __future__ import annotations

import random
from typing import Final

_MOST: Final = 3  # of one work
_FIRST_PAUSE_S: Final = 0.05
_SAVED: Final = 100.0
_SHARE: Final = 0.1


class Retries:
    """A budget of retries.

    Each work adds a tenth of a retry to it, up to a hundred. Each retry takes one away.

    So single hiccups are mended, and when everything fails the load grows by a tenth at most.
    """

    __slots__ = ("_left", "taken")

    def __init__(self) -> None:
        self._left = _SAVED
        # How many there were.
        self.taken = 0

    def earn(self) -> None:
        """A work is done for the first time."""
        self._left = min(_SAVED, self._left + _SHARE)

    def pause(self, failed: int) -> float | None:
        """In how many seconds to do again what failed so many times; None for never. Pauses have full jitter."""
        if failed > _MOST or self._left < 1:
            return None
        self._left -= 1
        self.taken += 1
        return random.uniform(0, _FIRST_PAUSE_S * 2 ** (failed - 1))  # noqa: S311  (no secret depends on it)
