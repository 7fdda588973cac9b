"""Reads the real source of a connection behind a load balancer (haproxy's proxy-protocol.txt, version 2, §2.2)."""

from __future__ import annotations

import ipaddress
import struct
from typing import Final

SIGNATURE: Final = b"\r\n\r\n\x00\r\nQUIT\n"
_HEADER: Final = struct.Struct("!12sBBH")
HEADER_BYTES: Final = _HEADER.size
_LONGEST: Final = 4096  # addresses, and the balancer's facts about TLS (section 2.2)
_LOCAL: Final = 0x20
_PROXY: Final = 0x21
_ADDRESS_BYTES: Final = {0x11: 4, 0x21: 16}  # TCP over IPv4, TCP over IPv6


class PreambleError(Exception):
    """The connection does not begin as a balancer's would."""


def read_preamble(data: bytes | bytearray) -> tuple[tuple[str, int] | None, int] | None:
    """Returns the source `(host, port)`, None for the balancer's health check, and the size of the preamble.

    None while the preamble is not whole. Raises PreambleError when it is none.
    """
    if not SIGNATURE.startswith(bytes(data[:12])):
        raise PreambleError
    if len(data) < _HEADER.size:
        return None
    _, command, family, length = _HEADER.unpack_from(data)
    if command not in (_LOCAL, _PROXY) or length > _LONGEST:
        raise PreambleError
    size = _HEADER.size + length
    if len(data) < size:
        return None
    if command == _LOCAL:
        return None, size
    width = _ADDRESS_BYTES.get(family)
    if width is None or length < 2 * width + 4:
        raise PreambleError
    host = ipaddress.ip_address(bytes(data[16 : 16 + width]))
    (port,) = struct.unpack_from("!H", data, 16 + 2 * width)
    return (str(host), port), size
