"""Ten thousand connections that say nothing."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Final

from chaos.experiment import Experiment, Findings, in_ms, percentile
from chaos.fleet import EDGES, Fleet
from chaos.load_balancer import LoadBalancer
from chaos.phone import Phone

_CONNECTIONS: Final = 10_000
_OF_A_HOST: Final = 500  # an edge takes a thousand from one address
_AT_ONCE: Final = 100
_NEW_PHONES: Final = 200
_MOST_S: Final = 1.0
_PATIENCE_S: Final = 10
_PING: Final = b"\r\n\r\n"
_PONG: Final = b"\r\n"
_Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def run(folder: Path) -> Findings:
    """Connect, wait until all connections are served, let new phones come, and see that the connections still are."""
    findings = Findings()
    loop = asyncio.get_running_loop()
    waits: list[float] = []
    with Fleet(folder, EDGES[:1], _NEW_PHONES) as fleet, ExitStack() as opened:
        began = loop.time()
        connections: list[_Connection] = []
        for first in range(0, _CONNECTIONS, _AT_ONCE):
            some = range(first, first + _AT_ONCE)
            connections += await asyncio.gather(*(_connect(fleet.addresses[0], number) for number in some))
        for _, writer in connections:
            opened.enter_context(closing(writer))
        connected = loop.time() - began
        for number in range(_NEW_PHONES):
            began = loop.time()
            with Phone("127.0.78.101", LoadBalancer(fleet.addresses), number) as phone:
                await phone.register()
            waits.append(loop.time() - began)
        served = sum(await asyncio.gather(*(_is_served(connection) for connection in connections)))
        findings.require(served == _CONNECTIONS, f"{_CONNECTIONS - served} connections were lost")
        findings.broken += fleet.troubles()
    findings.require(max(waits) < _MOST_S, f"a phone took {max(waits):.1f} s")
    findings.figures = {
        "idle TCP connections": f"{served:,}, made in {connected:.0f} s",
        "new phones": f"{_NEW_PHONES}",
        "until such a phone is registered, p50": in_ms(percentile(waits, 50)),
        "until the slowest is": in_ms(max(waits)),
    }
    return findings


async def _connect(edge: tuple[str, int], number: int) -> _Connection:
    """A connection that is served."""
    host = f"127.0.79.{1 + number // _OF_A_HOST}"
    connection = await asyncio.open_connection(*edge, local_addr=(host, 0))
    if not await _is_served(connection):
        raise RuntimeError("an edge doesn't take a connection")
    return connection


async def _is_served(connection: _Connection) -> bool:
    """Whether a ping is answered (RFC 5626 §3.5.1)."""
    reader, writer = connection
    try:
        writer.write(_PING)
        async with asyncio.timeout(_PATIENCE_S):
            return await reader.readexactly(len(_PONG)) == _PONG
    except (OSError, EOFError, TimeoutError):
        return False


IDLE_CONNECTIONS: Final = Experiment(
    "idle-connections", "With 10,000 idle TCP connections at an edge a new phone registers in under a second.", run
)
