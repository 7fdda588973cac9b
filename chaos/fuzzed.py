"""A million datagrams at a running edge, made from messages by damaging them."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import Final

from bench.places import DOMAIN, username
from chaos.experiment import Experiment, Findings, in_ms
from chaos.fleet import EDGES, Fleet
from chaos.load_balancer import LoadBalancer
from chaos.memory import MemoryWatch
from chaos.phone import Phone
from fuzz.seeds import SEEDS

_DATAGRAMS: Final = 1_000_000
_SEED: Final = 5  # so that the same come again
_SOURCES: Final = 64
_BATCH: Final = 100  # fit into the edge's buffer, so that none is lost
_MOST_CHANGES: Final = 4
_LONGEST: Final = 8192
_TOKENS: Final = (b"\r\n", b"\r\n ", b"\0", b",", b";", b'"', b"<", b">", b":", b"%", b"\xff\xfe", b"99999999999", b"*")
_BINDING_REQUEST: Final = struct.pack("!HHI12s", 1, 0, 0x2112A442, b"chaos-chaos-")  # STUN, RFC 8489 §5


async def run(folder: Path) -> Findings:
    """Send all, each batch when the edge has read the one before, and then register."""
    findings = Findings()
    with Fleet(folder, EDGES[:1], 10) as fleet, ExitStack() as opened:
        edge = fleet.addresses[0]
        sources = [opened.enter_context(_socket(f"127.0.79.{1 + i}", edge)) for i in range(_SOURCES)]
        loop, made = asyncio.get_running_loop(), damaged(Random(_SEED))  # noqa: S311
        began = loop.time()
        async with MemoryWatch(fleet, EDGES[0]) as watch:
            for batch in range(_DATAGRAMS // _BATCH):
                source = sources[batch % _SOURCES]
                for _ in range(_BATCH):
                    source.send(next(made))
                await _until_read(loop, source)
        taken = loop.time() - began
        began = loop.time()
        with Phone("127.0.78.101", LoadBalancer([edge]), 0) as phone:
            await phone.register()
        findings.figures = {
            "datagrams": f"{_DATAGRAMS:,} in {taken:.0f} s",
            "until the next phone was registered": in_ms(loop.time() - began),
        }
        watch.judge(findings)
        lost = _dropped(*edge)
        findings.require(not lost, f"{lost} datagrams never got to the edge")
        findings.broken += fleet.troubles()
    return findings


def _socket(host: str, edge: tuple[str, int]) -> socket.socket:
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.bind((host, 0))
    opened.connect(edge)
    opened.setblocking(False)
    return opened


async def _until_read(loop: asyncio.AbstractEventLoop, source: socket.socket) -> None:
    """Wait for the answer to a question that the edge reads after everything before. Raises TimeoutError."""
    source.send(_BINDING_REQUEST)
    async with asyncio.timeout(10):
        while not (await loop.sock_recv(source, _LONGEST)).startswith(b"\x01\x01"):
            pass


def damaged(chance: Random) -> Iterator[bytes]:
    """Messages with some damage; half of them are no repetitions of others, for they have a branch of their own."""
    names = (b"alice@abc123-def456.registrar.voip.example", f"{username(1)}@{DOMAIN}".encode())
    seeds = [seed.replace(*names) for seed in SEEDS["edge"]()]
    serial = 0
    while True:
        serial += 1
        data = bytearray(chance.choice(seeds))
        if chance.random() < 0.5:
            data = data.replace(b"branch=z9hG4bK", b"branch=z9hG4bK%x-" % serial, 1)
        for _ in range(chance.randint(1, _MOST_CHANGES)):
            _damage(data, chance, seeds)
        yield bytes(data[:_LONGEST])


def _damage(data: bytearray, chance: Random, seeds: list[bytes]) -> None:
    """Change something somewhere."""
    at = chance.randrange(len(data) + 1)
    size = chance.randrange(1, 40)
    match chance.randrange(6):
        case 0:
            data[at : at + 1] = bytes((chance.randrange(256),))
        case 1:
            del data[at : at + size]
        case 2:
            data[at:at] = data[at : at + size] * chance.randrange(1, 4)
        case 3:
            data[at:at] = chance.choice(_TOKENS)
        case 4:
            other = chance.choice(seeds)
            start = chance.randrange(len(other))
            data[at : at + size] = other[start : start + size]
        case _:
            line = data.find(b"\r\n", at)
            data[line:line] = data[line : data.find(b"\r\n", line + 2)]  # a header twice


def _dropped(host: str, port: int) -> int:
    """Returns the number of datagrams that the kernel had no room for at a socket."""
    local = f"{int.from_bytes(socket.inet_aton(host), 'little'):08X}:{port:04X}"
    rows = [line.split() for line in Path("/proc/net/udp").read_text().splitlines()[1:]]
    return sum(int(row[-1]) for row in rows if row[1] == local)


FUZZED: Final = Experiment(
    "fuzzed",
    "After a million damaged datagrams an edge runs, its memory is flat, and it answers the next REGISTER.",
    run,
)
