"""The time that a delivery has as a whole, however many waits it consists of."""

from __future__ import annotations

import time


class Deadline:
    """A moment some seconds from now."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    def left_s(self) -> float:
        """The seconds that are left, more than 0. Raises TimeoutError when none are."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left
