"""The bytes of a WebSocket client."""

from __future__ import annotations

import struct

KEY = "dGhlIHNhbXBsZSBub25jZQ=="  # RFC 6455 section 1.3
UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: edge.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: sip\r\nSec-WebSocket-Key: " + KEY.encode() + b"\r\n\r\n"
)
MASK = b"\x01\x02\x03\x04"


def masked(opcode: int, payload: bytes, is_final: bool = True) -> bytes:
    """A frame of a client (RFC 6455 section 5.2)."""
    first, length = (0x80 if is_final else 0) | opcode, len(payload)
    if length < 126:
        header = struct.pack("!BB", first, 0x80 | length)
    elif length < 1 << 16:
        header = struct.pack("!BBH", first, 0x80 | 126, length)
    else:
        header = struct.pack("!BBQ", first, 0x80 | 127, length)
    return header + MASK + bytes(byte ^ MASK[i % 4] for i, byte in enumerate(payload))
