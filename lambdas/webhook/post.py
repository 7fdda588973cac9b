"""One POST over HTTP/1.1 (RFC 9112), which waits for the status line and for nothing behind it.

A socket's timeout counts from each byte. Here each wait gets the time that is left of the whole. So an endpoint ends
at the same moment, whether it sends a byte now and then or sends nothing.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Mapping
from contextlib import closing
from typing import Final
from urllib.parse import SplitResult, urlsplit

from lambdas.webhook.address import address_of
from lambdas.webhook.deadline import Deadline

_HTTPS_PORT: Final = 443
_HTTP_PORT: Final = 80
_STATUS_LINE: Final = re.compile(rb"HTTP/1\.[0-9] ([1-5][0-9]{2})[ \r]")
_SWITCHING_PROTOCOLS: Final = 101
_OK: Final = 200
_MOST_BYTES: Final = 16 * 1024


class NoHttpError(Exception):
    """The answer is not HTTP."""


def post(url: str, body: bytes, headers: Mapping[str, str], deadline: Deadline, private: bool) -> int:
    """Post a body, and return the status of the answer.

    The connection goes to the address that was checked, whatever the name leads to by then. The certificate has to be
    the name's. `private` lets the address be any. Raises PrivateAddressError, NoHttpError, and ValueError for a name
    that can't be looked up. Raises OSError, of which a TimeoutError tells that the deadline has passed.
    """
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (_HTTPS_PORT if secure else _HTTP_PORT)
    address = address_of(host, port, private, deadline)
    connection = socket.create_connection((address, port), deadline.left_s())
    with closing(_secured(connection, host, deadline) if secure else connection) as connection:
        _send(connection, _head(parts, {**headers, "Content-Length": str(len(body))}) + body, deadline)
        return _read_status(connection, deadline)


def _secured(connection: socket.socket, host: str, deadline: Deadline) -> ssl.SSLSocket:
    """TLS over a connection, which is closed when that fails. The timeout is that of the handshake as a whole."""
    connection.settimeout(deadline.left_s())
    return ssl.create_default_context().wrap_socket(connection, server_hostname=host)


def _head(parts: SplitResult, headers: Mapping[str, str]) -> bytes:
    """The request line and the header section. The authority is that of the URL (RFC 9110 section 7.2)."""
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    fields = {"Host": parts.netloc, "Connection": "close", **headers}
    lines = (f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "", "")
    return "\r\n".join(lines).encode("ascii")


def _send(connection: socket.socket, data: bytes, deadline: Deadline) -> None:
    left = memoryview(data)
    while left:
        connection.settimeout(deadline.left_s())
        left = left[connection.send(left) :]


def _read_status(connection: socket.socket, deadline: Deadline) -> int:
    """Read until the status line of the final answer is there. Interim answers are skipped (RFC 9110 section 15.2)."""
    received = b""
    while len(received) < _MOST_BYTES:
        connection.settimeout(deadline.left_s())
        part = connection.recv(4096)
        if not part:
            raise ConnectionResetError
        received += part
        while b"\n" in received:
            found = _STATUS_LINE.match(received)
            if not found:
                raise NoHttpError
            status = int(found[1])
            if status >= _OK or status == _SWITCHING_PROTOCOLS:
                return status
            _, is_whole, following = received.partition(b"\r\n\r\n")
            if not is_whole:
                break
            received = following
    raise NoHttpError
