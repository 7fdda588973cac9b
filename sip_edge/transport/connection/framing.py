"""Divides a stream into messages by Content-Length (RFC 3261 §18.3, §7.5)."""

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
_NO_LINE_END: Final = re.compile(rb"[^\r\n]")


class FramingError(Exception):
    """The beginning of the next message can't be known, so the connection is of no further use.

    `head` is the message without its body, and `status` the answer to it when it is a request.
    """

    def __init__(self, head: bytes, status: str) -> None:
        super().__init__(status)
        self.head = head
        self.status = status


class Framer:
    """Divides a stream into messages, however its bytes arrive."""

    __slots__ = ("_buffer", "_searched", "_size")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0  # bytes without the end of a head
        self._size = 0  # of the message at the front, when its head is whole

    @property
    def unfinished(self) -> int:
        """Returns the number of bytes that are not taken yet."""
        return len(self._buffer)

    @property
    def has_begun(self) -> bool:
        """Whether the message at the front has begun: line ends may stay alone for any time (RFC 3261 §7.5)."""
        return bool(self._buffer) and self._buffer[0] not in b"\r\n"

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Adds bytes, and returns the messages that are whole then, and PING for each keepalive.

        The iterator raises FramingError after the last message that has a known end.
        """
        self.add(data)
        return filter(None, iter(self.take, None))

    def add(self, data: bytes) -> None:
        """Adds bytes of the stream."""
        self._buffer += data

    def take(self) -> bytes | None:
        """Takes a message, PING, or b"" for stray line ends. Returns None when none is whole.

        Raises FramingError for a message without a known end.
        """
        if not self._buffer:
            return None
        return self._line_ends() if self._buffer[0] in b"\r\n" else self._message()

    def _line_ends(self) -> bytes | None:
        """Takes PING, or all line ends before it. Those at the end of the buffer may become a PING, and stay."""
        buffer = self._buffer
        if buffer.startswith(PING):
            del buffer[:4]
            return PING
        if PING.startswith(buffer):
            return None
        other = _NO_LINE_END.search(buffer)
        end = other.start() if other else len(buffer)
        other = None  # a match keeps the buffer from shrinking
        ping = buffer.find(PING, 0, end)
        if ping > 0:
            end = ping
        elif end == len(buffer):
            end -= next((size for size in (3, 2, 1) if buffer.endswith(PING[:size])), 0)
        del buffer[:end]
        return b""

    def _message(self) -> bytes | None:
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
        """Finds out the length of the message at the front. Returns False while its head is not whole."""
        buffer = self._buffer
        end = buffer.find(_END, max(0, self._searched - 3))
        if end > LONGEST_HEAD or (end < 0 and len(buffer) > LONGEST_HEAD + 3):
            last_line = buffer.rfind(b"\r\n", 0, LONGEST_HEAD)
            raise FramingError(bytes(buffer[: last_line + 2]), "513 Message Too Large")
        if end < 0:
            self._searched = len(buffer)
            return False
        head = bytes(buffer[: end + 4])
        self._size = len(head) + _body_length(head)
        return True


def _body_length(head: bytes) -> int:
    """Returns the length of the body. Raises FramingError when it isn't said in one readable way, or is too large."""
    found = _LENGTH.findall(head.replace(b"\r\n ", b" ").replace(b"\r\n\t", b" "))
    if not found:
        raise FramingError(head, "400 Bad Request - no content-length")
    if len(found) > 1:
        raise FramingError(head, "400 Bad Request - more than one content-length")
    value = found[0].strip()
    if not value.isdigit():
        raise FramingError(head, "400 Bad Request - a Content-Length")
    if len(value) > _LONGEST_NUMBER or int(value) > LONGEST_BODY:
        raise FramingError(head, "413 Request Entity Too Large")
    return int(value)
