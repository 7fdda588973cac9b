"""Floods over connections: keepalives, frames and messages as fast as an edge takes them."""

from __future__ import annotations

import asyncio
import selectors
import socket
import struct
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Final

from bench.peers.ready import accepts
from bench.places import DOMAIN, password
from chaos.experiment import Experiment, Findings, in_ms, percentile
from chaos.fleet import EDGES, Fleet, free_port
from chaos.load_balancer import LoadBalancer
from chaos.peer import SilentError
from chaos.phone import Phone, proof

_CONNECTIONS: Final = 10
_SECONDS: Final = 10
_START_S: Final = 10
_PAUSE_S: Final = 0.02
_MOST_S: Final = 0.25
_CHUNK: Final = 256 << 10
_AGAIN_S: Final = 0.01
_MASK: Final = b"\x01\x02\x03\x04"
_UPGRADE: Final = (
    b"GET / HTTP/1.1\r\nHost: edge\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: sip\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
_BEGUN: Final = b"\x01\x80" + _MASK  # an empty fragment of a text (RFC 6455 section 5.2)
_MESSAGE: Final = (
    f"OPTIONS sip:{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKflood\r\nFrom: <sip:a@b>;tag=a\r\n"
    f"To: <sip:{DOMAIN}>\r\nCall-ID: flood\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
).encode()
# What a connection of each flood begins with, what it repeats, and whether it is a WebSocket.
_FLOODS: Final[Mapping[str, tuple[bytes, bytes, bool]]] = {
    "line ends over TCP": (b"", b"\r\n\r\n", False),
    "stray bytes over TCP": (b"", b"\n", False),
    "messages over TCP": (b"", _MESSAGE, False),
    "nonsense over TCP": (b"", b"A\r\nl:0\r\n\r\n", False),
    "pings over WebSocket": (_UPGRADE, b"\x89\x80" + _MASK, True),
    "empty fragments over WebSocket": (_UPGRADE + _BEGUN, b"\x00\x80" + _MASK, True),
    "messages over WebSocket": (_UPGRADE, struct.pack("!BBH", 0x82, 0xFE, len(_MESSAGE)) + bytes(4) + _MESSAGE, True),
}


class _Flood:
    """Connections that send as much as an edge takes, read what it answers, and come again when it ends them."""

    def __init__(self, address: tuple[str, int], first: bytes, repeated: bytes) -> None:
        self.sent = 0
        self.ended = 0
        self._address = address
        self._first = first
        # Whole pieces, as long as everything that was taken of it ended with one.
        self._chunk = memoryview(repeated * (_CHUNK // len(repeated)))
        self._unsent: dict[socket.socket, memoryview] = {}

    def run(self, stop: Event) -> None:
        """Floods until it is stopped."""
        with selectors.DefaultSelector() as selector:
            while not stop.is_set():
                while len(self._unsent) < _CONNECTIONS and not stop.is_set():
                    with suppress(OSError):
                        self._connect(selector)
                for key, events in selector.select(_AGAIN_S):
                    assert isinstance(key.fileobj, socket.socket)
                    if not self._proceed(key.fileobj, events):
                        selector.unregister(key.fileobj)
                        key.fileobj.close()
                        del self._unsent[key.fileobj]
                        self.ended += 1
            for opened in self._unsent:
                opened.close()

    def _connect(self, selector: selectors.BaseSelector) -> None:
        opened = socket.create_connection(self._address, source_address=("127.0.79.1", 0))
        opened.setblocking(False)
        selector.register(opened, selectors.EVENT_READ | selectors.EVENT_WRITE)
        self._unsent[opened] = memoryview(self._first) if self._first else self._chunk

    def _proceed(self, opened: socket.socket, events: int) -> bool:
        """Reads and sends what is possible. Returns whether the connection goes on."""
        try:
            if events & selectors.EVENT_READ and not opened.recv(_CHUNK):
                return False
            if events & selectors.EVENT_WRITE:
                sent = opened.send(self._unsent[opened])
                self.sent += sent
                self._unsent[opened] = self._unsent[opened][sent:] or self._chunk
        except BlockingIOError:
            return True
        except OSError:
            return False
        return True


async def run(folder: Path) -> Findings:
    """Flood an edge in one way after the other. Meanwhile ask for its health, and register a phone repeatedly."""
    findings = Findings()
    ws_port, health_port = free_port(EDGES[0]), free_port(EDGES[0])
    settings = {"WS_PORT": str(ws_port), "HEALTH_PORT": str(health_port)}
    with Fleet(folder, EDGES[:1], 1, lambda _: settings) as fleet:
        host, sip_port = fleet.addresses[0]
        async with asyncio.timeout(_START_S):
            while not accepts(host, health_port):
                await asyncio.sleep(_PAUSE_S)
        for name, (first, repeated, is_websocket) in _FLOODS.items():
            address = (host, ws_port if is_websocket else sip_port)
            with (
                Phone("127.0.78.101", LoadBalancer(fleet.addresses), 0) as phone,
                _flooding(_Flood(address, first, repeated)) as flood,
            ):
                registered, healthy = await asyncio.gather(_register(phone, findings), _ask_health(host, health_port))
            for what, waits in (("REGISTER", registered), ("/health", healthy)):
                slow = percentile(waits, 99)
                findings.require(slow < _MOST_S, f"{name}: {what} took {in_ms(slow)}")
            figures = f"{in_ms(percentile(registered, 99))}, {in_ms(percentile(healthy, 99))}"
            size = f"{flood.sent / 1e6:,.0f} MB, {flood.ended:,} connections ended"
            findings.figures[f"{name}: REGISTER and /health, p99"] = f"{figures} ({size})"
        findings.broken += fleet.troubles()
    return findings


@contextmanager
def _flooding(flood: _Flood) -> Iterator[_Flood]:
    stop = Event()
    thread = Thread(target=flood.run, args=(stop,))
    thread.start()
    try:
        yield flood
    finally:
        stop.set()
        thread.join()


async def _register(phone: Phone, findings: Findings) -> list[float]:
    """Returns how long a phone waits for each answer."""
    loop, waits = asyncio.get_running_loop(), list[float]()
    end = loop.time() + _SECONDS
    while loop.time() < end:
        authorization = ""
        for expected in (407, 200):
            began = loop.time()
            try:
                answer = await phone.ask_to_register(authorization)
            except SilentError as error:
                findings.require(False, str(error))
                continue
            waits.append(loop.time() - began)
            findings.require(answer.status == expected, answer.start)
            authorization = proof(answer, phone.number, password(phone.number))
        await asyncio.sleep(_PAUSE_S)
    return waits


async def _ask_health(host: str, port: int) -> list[float]:
    """Returns how long a load balancer waits for each answer."""
    loop, waits = asyncio.get_running_loop(), list[float]()
    end = loop.time() + _SECONDS
    while loop.time() < end:
        began = loop.time()
        reader, writer = await asyncio.open_connection(host, port)
        with closing(writer):
            writer.write(b"GET /health HTTP/1.1\r\nHost: edge\r\n\r\n")
            await reader.read()
        waits.append(loop.time() - began)
        await asyncio.sleep(_PAUSE_S)
    return waits


STREAM_FLOOD: Final = Experiment(
    "stream-flood",
    "While ten connections send as much as an edge takes, /health and a phone's REGISTER are answered in 250 ms (p99).",
    run,
)
