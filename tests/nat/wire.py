"""A wire between a namespace and the rest: a TCP port there, a Unix socket, a TCP port here.

python -m tests.nat.wire PORT PATH     in the namespace: whoever connects to PORT is connected to the socket PATH
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def joining(connect: Callable[[], Awaitable[Streams]]) -> Callable[..., Awaitable[None]]:
    """A program that joins each accepted connection with one of its own."""

    async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        other_reader, other_writer = await connect()
        await asyncio.gather(_copy(reader, other_writer), _copy(other_reader, writer))

    return join


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


@asynccontextmanager
async def wire_end(path: Path, port: int) -> AsyncIterator[None]:
    """Here: whoever connects to the socket `path` is connected to the loopback's `port`."""
    server = await asyncio.start_unix_server(joining(lambda: asyncio.open_connection("127.0.0.1", port)), str(path))
    yield
    server.close()


async def _serve(port: int, path: str) -> None:
    server = await asyncio.start_server(joining(lambda: asyncio.open_unix_connection(path)), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), sys.argv[2]))
