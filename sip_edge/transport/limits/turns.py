"""Gives every connection a fair share of the event loop, however much another one sends."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final, Protocol

# A step is a message, a keepalive, or 256 bytes of a WebSocket. A message takes 0.1 to 0.2 ms, so a turn lasts 10 ms
# at the most.
_STEPS: Final = 16
_STEPS_OF_A_CONNECTION: Final = 8
_READ_BYTES: Final = 16 << 10


class Served(Protocol):
    """A connection as the turns know it."""

    def serve(self, most: int) -> int:
        """Handles at most `most` steps, and returns their number."""

    def pause(self) -> None:
        """Stops reading."""

    def resume(self) -> None:
        """Reads again."""


class Turns:
    """Serves connections by turns.

    In each turn of the event loop, all connections together may handle `_STEPS` steps. One of them may handle
    `_STEPS_OF_A_CONNECTION` and `_READ_BYTES`. A connection with more to handle stops reading, and waits in a queue for
    the next turns. All connections read into `buffer`, one after the other.
    """

    __slots__ = ("_is_scheduled", "_left", "_waiting", "buffer")

    def __init__(self) -> None:
        self.buffer = memoryview(bytearray(_READ_BYTES))
        self._waiting: deque[Served] = deque()
        self._left = _STEPS
        self._is_scheduled = False

    def serve(self, connection: Served, size: int) -> None:
        """Serves a connection that has read `size` bytes, in a later turn when this one is used up."""
        if not self._left or self._has_more(connection) or size == len(self.buffer):
            self._wait(connection)
        if not self._is_scheduled:
            self._is_scheduled = True
            asyncio.get_running_loop().call_soon(self._begin_turn)

    def _has_more(self, connection: Served) -> bool:
        """Serves a connection in this turn. Returns whether it may have more."""
        share = min(_STEPS_OF_A_CONNECTION, self._left)
        taken = connection.serve(share)
        self._left -= taken
        return taken == share

    def _wait(self, connection: Served) -> None:
        connection.pause()
        self._waiting.append(connection)

    def _begin_turn(self) -> None:
        self._left = _STEPS
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
