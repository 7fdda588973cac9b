"""Answers STUN on the SIP port, by which phones keep their flows alive (RFC 5626 §3.5.2, RFC 8489)."""

from __future__ import annotations

import ipaddress
import struct
from typing import Final

_BINDING_REQUEST: Final = 0x0001
_BINDING_SUCCESS: Final = 0x0101
_COOKIE: Final = 0x2112A442
_XOR_MAPPED_ADDRESS: Final = 0x0020
_HEADER: Final = struct.Struct("!HHI12s")


def is_request(data: bytes) -> bool:
    """Whether a datagram is a binding request: no SIP message begins with its first byte."""
    if len(data) < _HEADER.size:
        return False
    kind, length, cookie, _ = _HEADER.unpack_from(data)
    return bool(kind == _BINDING_REQUEST and cookie == _COOKIE and length == len(data) - _HEADER.size)


def answer(request: bytes, host: str, port: int) -> bytes:
    """Returns the success response with the peer's address as seen from here (RFC 8489 §14.2)."""
    transaction = _HEADER.unpack_from(request)[3]
    address = ipaddress.ip_address(host)
    mask = struct.pack("!I", _COOKIE) + transaction
    masked = bytes(a ^ b for a, b in zip(address.packed, mask, strict=False))
    family = 1 if address.version == 4 else 2
    value = struct.pack("!BBH", 0, family, port ^ (_COOKIE >> 16)) + masked
    attribute = struct.pack("!HH", _XOR_MAPPED_ADDRESS, len(value)) + value
    return _HEADER.pack(_BINDING_SUCCESS, len(attribute), _COOKIE, transaction) + attribute
