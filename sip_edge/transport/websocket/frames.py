"""WebSocket frames, as a server reads and writes them (RFC 6455 section 5)."""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import Final, NamedTuple

_FIN: Final = 0x80
_OPCODE: Final = 0x0F
_MASKED: Final = 0x80
_MASK_BYTES: Final = 4
_LONGEST_OF_CONTROL: Final = 125
_TWO_BYTES: Final = 126
_EIGHT_BYTES: Final = 127


class Opcode(IntEnum):
    """The kinds of frames (section 5.2)."""

    CONTINUATION = 0x0
    TEXT = 0x1
    BINARY = 0x2
    CLOSE = 0x8
    PING = 0x9
    PONG = 0xA


_OPCODES: Final = frozenset(Opcode)


class CloseCode(IntEnum):
    """Why a connection ends (section 7.4.1)."""

    PROTOCOL_ERROR = 1002
    INVALID_DATA = 1007
    TOO_BIG = 1009


class Frame(NamedTuple):
    """A whole frame. `is_final` tells whether it ends its message."""

    opcode: Opcode
    is_final: bool
    payload: bytes


class FrameError(Exception):
    """The peer has broken the protocol: `code` is what to close the connection with."""

    def __init__(self, code: CloseCode) -> None:
        super().__init__(code)
        self.code = code


class FrameReader:
    """Cuts a stream into the frames of a client, each with at most `longest` bytes of payload."""

    __slots__ = ("_buffer", "_longest", "_size")

    def __init__(self, longest: int) -> None:
        self._buffer = bytearray()
        self._longest = longest
        self._size = 0  # of the frame at the front, when its header is whole

    @property
    def unfinished(self) -> int:
        """How many bytes there are that were not taken yet."""
        return len(self._buffer)

    def add(self, data: bytes | bytearray) -> None:
        """Adds bytes of the stream."""
        self._buffer += data

    def take(self) -> Frame | None:
        """Takes the next frame, None when there is no whole one. Raises FrameError."""
        buffer = self._buffer
        if not self._size:
            self._size = self._measure()
        if not self._size or len(buffer) < self._size:
            return None
        length = _length(buffer)
        start = self._size - (length or 0)
        taken = Frame(
            Opcode(buffer[0] & _OPCODE),
            bool(buffer[0] & _FIN),
            _unmasked(bytes(buffer[start : self._size]), bytes(buffer[start - _MASK_BYTES : start])),
        )
        del buffer[: self._size]
        self._size = 0
        return taken

    def _measure(self) -> int:
        """Returns the size of the frame at the front, 0 while its header is not whole. Raises FrameError."""
        buffer = self._buffer
        if len(buffer) < 2:
            return 0
        # No extension was agreed on that would use a reserved bit (section 5.2).
        if buffer[0] & ~(_FIN | _OPCODE) or not buffer[1] & _MASKED or buffer[0] & _OPCODE not in _OPCODES:
            raise FrameError(CloseCode.PROTOCOL_ERROR)
        length = _length(buffer)
        if length is None:
            return 0
        is_control = buffer[0] & _OPCODE >= Opcode.CLOSE
        if is_control and (length > _LONGEST_OF_CONTROL or not buffer[0] & _FIN):
            raise FrameError(CloseCode.PROTOCOL_ERROR)
        if length > self._longest:
            raise FrameError(CloseCode.TOO_BIG)
        return _header_bytes(buffer) + _MASK_BYTES + length


def frame(opcode: Opcode, payload: bytes) -> bytes:
    """Returns a whole message, or a control frame, as a server sends it."""
    first, length = _FIN | opcode, len(payload)
    if length < _TWO_BYTES:
        return struct.pack("!BB", first, length) + payload
    if length < 1 << 16:
        return struct.pack("!BBH", first, _TWO_BYTES, length) + payload
    return struct.pack("!BBQ", first, _EIGHT_BYTES, length) + payload


def _header_bytes(buffer: bytearray) -> int:
    """Returns the size of a header without its mask."""
    return {_TWO_BYTES: 4, _EIGHT_BYTES: 10}.get(buffer[1] & ~_MASKED, 2)


def _length(buffer: bytearray) -> int | None:
    """Returns the length of the payload, None while the header is not whole."""
    size = _header_bytes(buffer)
    if len(buffer) < size:
        return None
    return int.from_bytes(buffer[2:size]) if size > 2 else buffer[1] & ~_MASKED


def _unmasked(payload: bytes, mask: bytes) -> bytes:
    """Returns the payload without its mask (section 5.3)."""
    key = (mask * (len(payload) // _MASK_BYTES + 1))[: len(payload)]
    return (int.from_bytes(payload) ^ int.from_bytes(key)).to_bytes(len(payload))
