"""A listener on a real socket in uvloop, as an edge has it, for tests of its connections."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

import uvloop

from sip_edge.transport.connection.accept import Accept
from sip_edge.transport.connection.connection import Connection
from sip_edge.transport.connection.connection_flow import ConnectionFlow
from sip_edge.transport.connection.stream import StreamConnection
from sip_edge.transport.flow import Flow
from sip_edge.transport.limits.connection_limits import ConnectionLimits
from sip_edge.transport.limits.turns import Turns

OPTIONS = b"OPTIONS sip:x SIP/2.0\r\nContent-Length: 0\r\n\r\n"
PATIENCE_S = 20.0
SHORT_S = 0.2  # of a deadline that passes
Peer = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Listener:
    """As an asynchronous context manager it listens. It keeps what it is told of connections.

    `answer` is what each message is answered with.
    """

    def __init__(
        self,
        kind: type[Connection] = StreamConnection,
        most: int = 10,
        most_of_a_source: int = 10,
        *,
        tls: ssl.SSLContext | None = None,
        behind_balancer: bool = False,
    ) -> None:
        self.received: list[bytes] = []
        self.refused: list[tuple[bytes, str]] = []
        self.lost: list[Flow] = []
        self.shed: Counter[str] = Counter()
        self.made: list[Connection] = []
        self.answer = b""
        self.keep = False
        self.turns = Turns()
        self.limits = ConnectionLimits(most, most_of_a_source, lambda name: self.shed.update([name]))
        self.flows: dict[str, ConnectionFlow] = {}
        self._peers: list[Peer] = []
        self._socket: socket.socket | None = None
        self._kind = kind
        self._accept = Accept(
            transport="TCP",
            local="127.0.0.1:5060",
            behind_balancer=behind_balancer,
            tls=tls,
            flows=self.flows,
            limits=self.limits,
            turns=self.turns,
            receiver=self,
        )

    def on(self, opened: socket.socket) -> Listener:
        """Lets it listen on a socket of the test's."""
        self._socket = opened
        return self

    async def __aenter__(self) -> Listener:
        loop = asyncio.get_running_loop()
        if self._socket:
            self._server = await loop.create_server(self.make, sock=self._socket)
        else:
            self._server = await loop.create_server(self.make, "127.0.0.1", 0, backlog=1024)
        self.address: tuple[str, int] = self._server.sockets[0].getsockname()
        return self

    async def __aexit__(self, *raised: object) -> None:
        self._server.close()
        for _, writer in self._peers:
            writer.transport.abort()
        await until(lambda: not self.limits, "all connections have ended")

    async def connect(self, **how: Any) -> Peer:
        """A connection of a peer."""
        peer = await asyncio.open_connection(*self.address, **how)
        self._peers.append(peer)
        return peer

    def make(self) -> Connection:
        """The protocol of a connection."""
        connection = self._kind(self._accept)
        self.made.append(connection)
        return connection

    def receive(self, data: bytes, flow: Flow) -> None:
        self.received.append(data)
        flow.kept = self.keep
        if self.answer:
            flow.send_if_open(self.answer)

    def refuse(self, head: bytes, status: str, flow: Flow) -> None:
        self.refused.append((head, status))
        flow.send_if_open(f"SIP/2.0 {status}\r\nContent-Length: 0\r\n\r\n".encode())

    def lose(self, flow: Flow) -> None:
        self.lost.append(flow)


def run(test: Coroutine[Any, Any, None]) -> None:
    """Runs a test in the event loop that an edge has."""
    uvloop.run(asyncio.wait_for(test, 60))


async def until(condition: Callable[[], object], what: str) -> None:
    """Waits for a condition. Raises AssertionError when it does not come true."""
    loop = asyncio.get_running_loop()
    end = loop.time() + PATIENCE_S
    while not condition():
        assert loop.time() < end, f"not in time: {what}"
        await asyncio.sleep(0.005)


async def ended(peer: Peer) -> bytes:
    """Waits for the end of a connection, and returns what has come before it. Raises TimeoutError."""
    read = b""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while data := await peer[0].read(65536):
                read += data
    except ConnectionError:
        pass
    return read
