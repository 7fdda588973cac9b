"""A load balancer for UDP and TCP in front of a fleet, like a network load balancer of AWS.

New flows go to healthy edges by turns. A flow stays at its edge, also while that drains, until the edge is gone. An
edge that drains for long is let go, too. Then its connections are closed. A peer on UDP gets another edge with its
next datagram. To such a peer only the edge that had its last datagram can send. Datagrams of others are dropped.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import cast

HOST = "127.0.0.1"
_PROBE_S = 0.1
_PROBE_TIMEOUT_S = 2.0
LET_GO_S = 2.0  # the deregistration delay

Address = tuple[str, int]


class Balancer:
    """Listens on `port` for edges at other loopback addresses with the same port; each has /health at `health_port`."""

    def __init__(self, port: int, health_port: int, edges: list[str]) -> None:
        self.port = port
        self._health_port = health_port
        self._edges = edges
        self._status = dict.fromkeys(edges, 0)
        self._turn = 0
        self._flows: dict[Address, _Flow] = {}
        self._front: asyncio.DatagramTransport | None = None
        self._drains_since: dict[str, float] = {}
        self._connections: dict[str, set[asyncio.StreamWriter]] = {edge: set() for edge in edges}

    @property
    def healthy(self) -> list[str]:
        """The edges that get new flows."""
        return [edge for edge in self._edges if self._status[edge] == 200]

    def edge_of(self, client: Address) -> str:
        """The edge that has a client's UDP flow."""
        return self._flows[client].edge

    def is_there(self, edge: str) -> bool:
        """Whether an edge answers at all."""
        return self._status[edge] > 0

    def is_let_go(self, edge: str) -> bool:
        """Whether an edge has drained for so long that flows leave it."""
        return time.monotonic() > self._drains_since.get(edge, math.inf) + LET_GO_S

    def next_edge(self) -> str:
        """Where the next flow goes."""
        healthy = self.healthy or self._edges
        self._turn += 1
        return healthy[self._turn % len(healthy)]

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Serve until left."""
        loop = asyncio.get_running_loop()
        self._front, _ = await loop.create_datagram_endpoint(lambda: _Front(self), (HOST, self.port))
        server = await asyncio.start_server(self._pipe, HOST, self.port)
        probes = [loop.create_task(self._probe(edge)) for edge in self._edges]
        yield
        for probe in probes:
            probe.cancel()
        server.close()
        self._front.close()
        for flow in self._flows.values():
            flow.close()

    def take(self, data: bytes, client: Address) -> None:
        """A client has sent a datagram."""
        flow = self._flows.get(client)
        if flow is None:
            flow = self._flows[client] = _Flow(self, client, self.next_edge())
            flow.opening = asyncio.get_running_loop().create_task(flow.open())
        elif not self.is_there(flow.edge) or self.is_let_go(flow.edge):
            flow.edge = self.next_edge()
        flow.forward(data)

    def give(self, data: bytes, client: Address) -> None:
        """A client's edge has sent a datagram."""
        if self._front:
            self._front.sendto(data, client)

    async def _probe(self, edge: str) -> None:
        while True:
            self._status[edge] = status = await _health(edge, self._health_port)
            if status == 503:
                self._drains_since.setdefault(edge, time.monotonic())
            else:
                self._drains_since.pop(edge, None)
            if self.is_let_go(edge):
                for connection in self._connections[edge]:
                    connection.close()
            await asyncio.sleep(_PROBE_S)

    async def _pipe(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        edge = self.next_edge()
        try:
            there, back = await asyncio.open_connection(edge, self.port)
        except OSError:
            writer.close()
            return
        self._connections[edge].add(back)
        await asyncio.gather(_copy(reader, back), _copy(there, writer))
        self._connections[edge].discard(back)


class _Front(asyncio.DatagramProtocol):
    """The address that clients send to."""

    def __init__(self, balancer: Balancer) -> None:
        self._balancer = balancer

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._balancer.take(data, addr)


class _Flow(asyncio.DatagramProtocol):
    """A client on UDP. It has a socket of its own to the edges, by which they tell clients apart."""

    def __init__(self, balancer: Balancer, client: Address, edge: str) -> None:
        self._balancer = balancer
        self._client = client
        self._waiting: list[bytes] = []
        self._back: asyncio.DatagramTransport | None = None
        self.edge = edge
        self.opening: asyncio.Task[None] | None = None

    async def open(self) -> None:
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: self, (HOST, 0))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._back = cast(asyncio.DatagramTransport, transport)
        for data in self._waiting:
            self.forward(data)

    def forward(self, data: bytes) -> None:
        if self._back:
            self._back.sendto(data, (self.edge, self._balancer.port))
        else:
            self._waiting.append(data)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        if addr[0] == self.edge:
            self._balancer.give(data, self._client)

    def close(self) -> None:
        if self._back:
            self._back.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def _health(edge: str, port: int) -> int:
    """The status that an edge answers with; 0 when it is not there."""
    try:
        async with asyncio.timeout(_PROBE_TIMEOUT_S):
            reader, writer = await asyncio.open_connection(edge, port)
            writer.write(b"GET /health HTTP/1.1\r\nHost: edge\r\n\r\n")
            status = await reader.readline()
            writer.close()
            return int(status.split()[1])
    except (OSError, TimeoutError, IndexError):
        return 0
