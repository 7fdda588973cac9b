"""Six thousand connections with messages that never end, and then none."""

from __future__ import annotations

import asyncio
import socket
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

from chaos.experiment import Experiment, Findings, in_ms
from chaos.fleet import EDGES, Fleet
from chaos.load_balancer import LoadBalancer
from chaos.phone import Phone

_SOURCES: Final = 6
_OF_A_SOURCE: Final = 999  # an edge takes a thousand from one address
_SECONDS: Final = 10
_MOST_MB: Final = 64
_LEFT_MB: Final = 16
_WITHIN_S: Final = 1.0
_EVERY_S: Final = 0.1
_AT_ONCE: Final = 100
# As long as a head may be, but for its end, behind a message that is whole.
_WHOLE: Final = b"OPTIONS sip:x SIP/2.0\r\nContent-Length: 0\r\n\r\n"
_UNFINISHED: Final = _WHOLE + b"INVITE sip:x SIP/2.0\r\n" + b"X: y\r\n" * 10_000


async def run(folder: Path) -> Findings:
    """Hold as many unfinished messages as an edge lets in, register a phone, and end them all."""
    findings = Findings()
    loop = asyncio.get_running_loop()
    with Fleet(folder, EDGES[:1], 1) as fleet, ExitStack() as opened:
        before = most = fleet.memory_mb(EDGES[0])
        sockets: set[socket.socket] = set()
        sending = asyncio.create_task(_send(fleet.addresses[0], sockets))
        end = loop.time() + _SECONDS
        while loop.time() < end or not sending.done():
            await asyncio.sleep(_EVERY_S)
            most = max(most, fleet.memory_mb(EDGES[0]))
        phone = opened.enter_context(Phone("127.0.78.101", LoadBalancer(fleet.addresses), 0))
        began = loop.time()
        await phone.register()
        waited = loop.time() - began
        for unfinished in sockets:
            unfinished.close()
        await asyncio.sleep(_WITHIN_S)
        left = fleet.memory_mb(EDGES[0])
        findings.broken += fleet.troubles()
    findings.figures = {
        "connections": f"{await sending:,}, from {_SOURCES} addresses",
        "memory before, at most, a second after the last has ended": f"{before:.0f} MB, {most:.0f} MB, {left:.0f} MB",
        "until a phone was registered meanwhile": in_ms(waited),
    }
    findings.require(most - before < _MOST_MB, f"memory has grown from {before:.0f} to {most:.0f} MB")
    findings.require(left - before < _LEFT_MB, f"of {most:.0f} MB {left:.0f} are left, {before:.0f} before")
    return findings


async def _send(edge: tuple[str, int], sockets: set[socket.socket]) -> int:
    """Connects and sends until the edge ends the connection. Returns how many connections were made."""
    gate = asyncio.Semaphore(_AT_ONCE)
    numbers = range(_SOURCES * _OF_A_SOURCE)
    await asyncio.gather(*(_send_one(edge, f"127.0.79.{1 + i % _SOURCES}", sockets, gate) for i in numbers))
    return len(numbers)


async def _send_one(edge: tuple[str, int], host: str, sockets: set[socket.socket], gate: asyncio.Semaphore) -> None:
    loop = asyncio.get_running_loop()
    opened = socket.socket()
    sockets.add(opened)
    opened.setblocking(False)
    opened.bind((host, 0))
    async with gate:
        await loop.sock_connect(opened, edge)
        with suppress(ConnectionError):
            await loop.sock_sendall(opened, _UNFINISHED)


UNFINISHED_MESSAGES: Final = Experiment(
    "unfinished-messages",
    "Six thousand connections with messages that never end cost an edge less than 64 MB, which are free a second after "
    "their end.",
    run,
)
