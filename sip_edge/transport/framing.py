"""Messages in a stream: told apart by Content-Length (RFC 3261 §18.3, §7.5)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

PING: Final = b"\r\n\r\n"  # RFC 5626 §3.5.1
PONG: Final = b"\r\n"
_END: Final = b"\r\n\r\n"
_LONGEST_HEAD: Final = 64 * 1024
_LONGEST_BODY: Final = 256 * 1024
_LENGTH: Final = re.compile(rb"\r\n(?:content-length|l)[ \t]*:[ \t]*((?:\r\n[ \t])?[^\r\n]*)", re.IGNORECASE)


class FramingError(Exception):
    """Where the next message begins can't be known any more. The connection is of no further use."""


class Framer:
    """Cuts a stream into messages, however its bytes arrive."""

    __slots__ = ("_buffer", "_searched")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The whole messages that are there with these bytes, and PING for each keepalive.

        Raises FramingError after the last message that could be told.
        """
        self._buffer += data
        while self._buffer:
            piece = self._next_line_ends() if self._buffer[0] in b"\r\n" else self._next_message()
            if piece is None:
                return
            if piece:
                yield piece

    def _next_line_ends(self) -> bytes | None:
        """PING, or b"" for stray line ends between messages, which count for nothing; None for half a ping."""
        buffer = self._buffer
        if buffer.startswith(PING):
            del buffer[:4]
            return PING
        if PING.startswith(buffer):
            return None
        del buffer[: len(buffer) - len(buffer.lstrip(b"\r\n"))]
        return b""

    def _next_message(self) -> bytes | None:
        buffer = self._buffer
        end = buffer.find(_END, max(0, self._searched - 3))
        if end < 0:
            self._searched = len(buffer)
            if len(buffer) > _LONGEST_HEAD:
                raise FramingError("a head that doesn't end")
            return None
        size = end + 4 + _body_length(bytes(buffer[: end + 4]))
        if len(buffer) < size:
            self._searched = end
            return None
        message = bytes(buffer[:size])
        del buffer[:size]
        self._searched = 0
        return message


def _body_length(head: bytes) -> int:
    """The length of the body. Raises FramingError when it isn't said in one readable way, or is out of all bounds."""
    found = _LENGTH.findall(head)
    if not found:
        return 0
    value = found[0].strip()
    if len(found) > 1 or not value.isdigit() or len(value) > 9 or int(value) > _LONGEST_BODY:
        raise FramingError("the length of a body")
    return int(value)
