"""Tells load balancers whether this edge takes new flows."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from directory.version import VERSION
from sip_edge.transport.connection.proxy_protocol import HEADER_BYTES, SIGNATURE

_PATIENCE_S: Final = 5.0
_LONGEST_HEAD: Final = 8192
_MOST: Final = 200  # a balancer has a few nodes in each zone, each of which asks every few seconds


class Health:
    """Answers GET /health: 200 while the edge takes new flows, 503 from the moment that it is about to go.

    The body is one line: `ready` or `draining`, and the version of the service.
    """

    def __init__(self) -> None:
        self.takes_flows = True
        self._at_once = 0
        self._servers: list[asyncio.Server] = []

    async def open(self, host: str, port: int) -> None:
        """Begin to listen. Raises OSError when the address can't be had."""
        self._servers.append(await asyncio.start_server(self._answer, host, port, limit=_LONGEST_HEAD))

    def close(self) -> None:
        """Listen no more."""
        for server in self._servers:
            server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._at_once >= _MOST:
            writer.transport.abort()
            return
        self._at_once += 1
        try:
            async with asyncio.timeout(_PATIENCE_S):
                status, body = self._judge(await _request_line(reader))
                writer.write(
                    f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n"
                    f"Connection: close\r\n\r\n{body}".encode()
                )
                await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return
        finally:
            self._at_once -= 1
            with suppress(OSError):
                writer.close()

    def _judge(self, request: bytes) -> tuple[str, str]:
        method, _, rest = request.partition(b" ")
        if method != b"GET" or rest.partition(b" ")[0] != b"/health":
            return "404 Not Found", "no such thing\n"
        status, state = ("200 OK", "ready") if self.takes_flows else ("503 Service Unavailable", "draining")
        return status, f"{state} {VERSION}\n"


async def _request_line(reader: asyncio.StreamReader) -> bytes:
    """The first line of a request whose head is whole.

    A balancer that tells sources in preambles puts an empty one before its health checks, too.
    """
    start = await reader.readexactly(HEADER_BYTES)  # no request is as short
    if start.startswith(SIGNATURE):
        await reader.readexactly(int.from_bytes(start[-2:]))
        start = b""
    head = start + await reader.readuntil(b"\r\n\r\n")
    return head.partition(b"\r\n")[0]
