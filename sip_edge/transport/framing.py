"""Messages in a stream: told apart by Content-Length (RFC 3261 §18.3, §7.5)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sip_edge.message.limits import LONGEST_BODY, LONGEST_HEAD

PING: Final = b"\r\n\r\n"  # RFC 5626 §3.5.1
PONG: Final = b"\r\n"
_END: Final = b"\r\n\r\n"
_LONGEST_NUMBER: Final = 40
_LENGTH: Final = re.compile(rb"\r\n(?:content-length|l)[ \t]*+:([^\r\n]*+)", re.IGNORECASE)


class FramingError(Exception):
    """Where the next message begins can't be known any more. The connection is of no further use."""


class Framer:
    """Cuts a stream into messages, however its bytes arrive."""

    __slots__ = ("_buffer", "_lost", "_searched", "_size")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0  # so many bytes hold no end of a head
        self._size = 0  # of the message at the front, when its head is whole
        self._lost = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The whole messages that are there with these bytes, and PING for each keepalive.

        Raises FramingError after the last message that could be told. A head that doesn't say how long its body is
        counts as such a message, for its sender to hear what is wrong with it.
        """
        self._buffer += data
        while self._buffer and not self._lost:
            piece = self._next_line_ends() if self._buffer[0] in b"\r\n" else self._next_message()
            if piece is None:
                break
            if piece:
                yield piece
        if self._lost:
            raise FramingError

    def _next_line_ends(self) -> bytes | None:
        """PING, or b"" for a stray character between messages, which counts for nothing; None for half a ping."""
        buffer = self._buffer
        if buffer.startswith(PING):
            del buffer[:4]
            return PING
        if PING.startswith(buffer):
            return None
        del buffer[:1]
        return b""

    def _next_message(self) -> bytes | None:
        buffer = self._buffer
        if not self._size and not self._measure():
            return None
        if len(buffer) < self._size:
            return None
        message = bytes(buffer[: self._size])
        del buffer[: self._size]
        self._searched = self._size = 0
        return message

    def _measure(self) -> bool:
        """Find out how long the message at the front is; False while its head is not whole."""
        buffer = self._buffer
        end = buffer.find(_END, max(0, self._searched - 3))
        if end > LONGEST_HEAD or (end < 0 and len(buffer) > LONGEST_HEAD + 3):
            self._lost = True
            return False
        if end < 0:
            self._searched = len(buffer)
            return False
        self._size = end + 4
        length = _body_length(bytes(buffer[: self._size]))
        if length is None:
            self._lost = True
        else:
            self._size += length
        return True


def _body_length(head: bytes) -> int | None:
    """The length of the body; None when it isn't said in one readable way, or is out of all bounds."""
    found = _LENGTH.findall(head.replace(b"\r\n ", b" ").replace(b"\r\n\t", b" "))
    if not found:
        return 0
    value = found[0].strip()
    if len(found) > 1 or not value.isdigit() or len(value) > _LONGEST_NUMBER or int(value) > LONGEST_BODY:
        return None
    return int(value)
