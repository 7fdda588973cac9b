"""A fair share of the event loop for every connection, however much another one sends."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final, Protocol

# A piece is a message, a keepalive, or 256 bytes of a WebSocket. A message takes 0.1 to 0.2 ms, so a turn lasts some
# 10 ms at the most.
_PIECES: Final = 16
_PIECES_OF_A_CONNECTION: Final = 8
_READ_BYTES: Final = 16 << 10


class Served(Protocol):
    """A connection as the turns know it."""

    def serve(self, most: int) -> int:
        """Handle at most so many pieces of what has come, and return how many there were."""

    def pause(self) -> None:
        """Read nothing more for now."""

    def resume(self) -> None:
        """Read on."""


class Turns:
    """Serves connections by turns.

    In each turn of the event loop all connections together may handle `_PIECES` pieces, and one of them
    `_PIECES_OF_A_CONNECTION` and `_READ_BYTES`. A connection that has more to be handled reads nothing more, and waits
    in a queue for the next turns. `buffer` is what all connections read into, one after the other.
    """

    __slots__ = ("_is_scheduled", "_left", "_waiting", "buffer")

    def __init__(self) -> None:
        self.buffer = memoryview(bytearray(_READ_BYTES))
        self._waiting: deque[Served] = deque()
        self._left = _PIECES
        self._is_scheduled = False

    def serve(self, connection: Served, size: int) -> None:
        """Serves a connection that has read `size` bytes: now, or in a later turn when this one is used up."""
        if not self._left or self._has_more(connection) or size == len(self.buffer):
            self._wait(connection)
        if not self._is_scheduled:
            self._is_scheduled = True
            asyncio.get_running_loop().call_soon(self._begin_turn)

    def _has_more(self, connection: Served) -> bool:
        """Serves a connection in this turn. Returns whether something of it may be left."""
        share = min(_PIECES_OF_A_CONNECTION, self._left)
        taken = connection.serve(share)
        self._left -= taken
        return taken == share

    def _wait(self, connection: Served) -> None:
        connection.pause()
        self._waiting.append(connection)

    def _begin_turn(self) -> None:
        self._left = _PIECES
        for _ in range(len(self._waiting)):
            if not self._left:
                break
            connection = self._waiting.popleft()
            if self._has_more(connection):
                self._waiting.append(connection)
            else:
                connection.resume()
        self._is_scheduled = bool(self._waiting)
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._begin_turn)
