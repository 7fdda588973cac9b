"""`python -m bench.endpoint ADDRESS PORT USERS`: serve until told to stop. GET / tells the counts."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Final, cast

import uvloop

from bench.endpoint.tables import Tables

# About what DynamoDB takes. Without it no writes would ever wait for others, and each would go alone.
_LATENCY_S: Final = 0.005
_TARGET: Final = b"x-amz-target: "
_LENGTH: Final = b"content-length: "


class Connection(asyncio.Protocol):
    """One connection of a client, with one call at a time, as botocore makes them."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note a new connection."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer when a call is complete."""
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end:
            return
        length = _header(head, _LENGTH)
        if len(body) < int(length or b"0"):
            return
        self._received = b""
        if head.startswith(b"GET"):
            answer: object = self._tables.counts
        else:
            answer = self._tables.answer(_header(head, _TARGET).decode().partition(".")[2], json.loads(body))
        text = json.dumps(answer, separators=(",", ":")).encode()
        kind = b"application/x-amz-json-1.0"
        data = b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n%b" % (kind, len(text), text)
        asyncio.get_running_loop().call_later(_LATENCY_S, self._transport.write, data)


def _header(head: bytes, name: bytes) -> bytes:
    at = head.lower().find(b"\r\n" + name)
    if at < 0:
        return b""
    return head[at + 2 + len(name) :].partition(b"\r\n")[0]


async def serve(address: str, port: int, users: int) -> None:
    """Serve for ever."""
    tables = Tables(users)
    server = await asyncio.get_running_loop().create_server(lambda: Connection(tables), address, port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
