"""The opening handshake of a WebSocket, as a server answers it (RFC 6455 section 4.2, RFC 7118 section 4)."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from hashlib import sha1
from typing import Final

END: Final = b"\r\n\r\n"
LONGEST_REQUEST: Final = 16 << 10  # browsers send the cookies of the domain along
_SUBPROTOCOL: Final = "sip"
_VERSION: Final = "13"
_GUID: Final = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 section 1.3
_KEY_BYTES: Final = 16
_REQUEST_LINE: Final = re.compile(r"GET \S+ HTTP/1\.[1-9]")
_FIELD_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


class HandshakeError(Exception):
    """The request is not what opens a WebSocket for SIP. `response` is the answer to it."""

    def __init__(self, status: str, *fields: str) -> None:
        super().__init__(status)
        self.response = _response(status, *fields, "Content-Length: 0", "Connection: close")


def answer(request: bytes) -> bytes:
    """Returns the response that opens the WebSocket. The request is without its `END`. Raises HandshakeError."""
    start, *lines = request.decode("latin-1").split("\r\n")
    fields = _fields(lines)
    if not _REQUEST_LINE.fullmatch(start) or "host" not in fields:
        raise HandshakeError("400 Bad Request")
    if not _has(fields, "upgrade", "websocket") or not _has(fields, "connection", "upgrade"):
        raise HandshakeError("426 Upgrade Required", "Upgrade: websocket")
    if fields.get("sec-websocket-version") != _VERSION:
        raise HandshakeError("426 Upgrade Required", f"Sec-WebSocket-Version: {_VERSION}")
    if not _has(fields, "sec-websocket-protocol", _SUBPROTOCOL) or not _is_key(fields.get("sec-websocket-key", "")):
        raise HandshakeError("400 Bad Request")
    digest = sha1((fields["sec-websocket-key"] + _GUID).encode(), usedforsecurity=False).digest()
    return _response(
        "101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Accept: {b64encode(digest).decode()}",
        f"Sec-WebSocket-Protocol: {_SUBPROTOCOL}",
    )


def _response(status: str, *fields: str) -> bytes:
    return "\r\n".join((f"HTTP/1.1 {status}", *fields, "", "")).encode()


def _fields(lines: list[str]) -> Mapping[str, str]:
    """Returns the values by names in lower case, repeated ones joined (RFC 9110 section 5.3). Raises HandshakeError."""
    fields: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not _FIELD_NAME.fullmatch(name):
            raise HandshakeError("400 Bad Request")
        known = fields.get(name.lower())
        fields[name.lower()] = value.strip() if known is None else f"{known}, {value.strip()}"
    return fields


def _has(fields: Mapping[str, str], name: str, token: str) -> bool:
    return token in (value.strip().lower() for value in fields.get(name, "").split(","))


def _is_key(text: str) -> bool:
    try:
        return len(b64decode(text, validate=True)) == _KEY_BYTES
    except (binascii.Error, ValueError):
        return False
