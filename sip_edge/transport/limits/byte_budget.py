"""A bound on the bytes that connections hold together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Holder(Protocol):
    """A connection that holds bytes of an unfinished message, or of messages that its peer does not read."""

    def abort(self) -> None:
        """Ends the connection at once."""


class ByteBudget:
    """Bounds what its holders hold together to `most` bytes.

    Beyond that, the connection ends that has held bytes for the longest time, and `shed` is called. A phone's message
    is whole within two round trips. A message that is held back on purpose is older.
    """

    __slots__ = ("_holders", "_most", "_shed", "_total")

    def __init__(self, most: int, shed: Callable[[], None]) -> None:
        self._most = most
        self._shed = shed
        self._holders: dict[Holder, int] = {}  # in the order in which they began to hold bytes
        self._total = 0

    def __len__(self) -> int:
        """Returns the number of connections that hold bytes."""
        return len(self._holders)

    def hold(self, holder: Holder, size: int) -> None:
        """Notes that a connection holds `size` bytes in all."""
        self._total += size - self._holders.get(holder, 0)
        if size:
            self._holders[holder] = size
        else:
            self._holders.pop(holder, None)
        while self._total > self._most:
            oldest = next(iter(self._holders))
            self._total -= self._holders.pop(oldest)
            self._shed()
            oldest.abort()
