"""A network load balancer of AWS before edges at loopback addresses: the sockets around the models of `chaos.aws`.

It has an address for each zone. Its idle timeouts are AWS's. Health checks and deregistrations take a hundredth of
AWS's time. Each client has a socket of its own to the edges, through whichever zone it sends. That stands for client IP
preservation.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from typing import cast

from chaos.aws.target_group import TargetGroup, TargetState
from chaos.aws.tcp_connections import TcpConnection
from chaos.aws.udp_flows import Address, UdpFlows
from tests.transport.peers import preamble

ZONES = ("127.0.0.1", "127.0.1.1")
DEREGISTRATION_S = 12.0
_TERMINATION_S = 1.0
_PROBE_S = 0.1
_PROBE_TIMEOUT_S = 2.0


class Balancer:
    """Listens on `port` of each zone for targets with the same port; each has /health at `health_port`.

    Connections to `tls_port` lead to the same port of a target, behind a preamble (PROXY protocol v2). A load balancer
    has ended TLS there.
    """

    def __init__(self, port: int, tls_port: int, health_port: int) -> None:
        self.port = port
        self.tls_port = tls_port
        self._health_port = health_port
        self._group = TargetGroup(DEREGISTRATION_S, _TERMINATION_S)
        self._flows = UdpFlows(self._group)
        self._targets: list[str] = []
        self._fronts: dict[str, asyncio.DatagramTransport] = {}
        self._clients: dict[Address, _Client] = {}
        self._pipes: set[asyncio.Task[None]] = set()

    def register(self, target: str) -> None:
        """Register an edge, which gets flows once it is healthy."""
        self._group.register(target)
        if target not in self._targets:
            self._targets.append(target)

    def deregister(self, target: str) -> None:
        """Begin to drain an edge."""
        self._group.deregister(target, time.monotonic())

    def state(self, target: str) -> TargetState:
        """The state of an edge."""
        return self._group.state(target, time.monotonic())

    def has_terminated(self, target: str) -> bool:
        """Whether the flows of an edge have ended."""
        return self._group.is_terminated(target, time.monotonic())

    def edge_of(self, client: Address) -> str:
        """The edge that has a client's UDP flow, which there is."""
        edge = self._flows.target_of(client, time.monotonic())
        assert edge
        return edge

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Serve until left."""
        loop = asyncio.get_running_loop()
        async with AsyncExitStack() as opened:
            for zone in ZONES:
                front, _ = await loop.create_datagram_endpoint(partial(_Front, self, zone), (zone, self.port))
                opened.callback(front.close)
                self._fronts[zone] = front
                for port in (self.port, self.tls_port):
                    server = await asyncio.start_server(self._accept, zone, port)
                    opened.callback(server.close)
            probe = loop.create_task(self._probe())
            opened.callback(probe.cancel)
            yield
        for client in self._clients.values():
            client.close()
        for pipe in self._pipes:
            pipe.cancel()
        await asyncio.gather(*self._pipes, return_exceptions=True)

    def take(self, data: bytes, client: Address, zone: str) -> None:
        """A client has sent a datagram to the address of a zone."""
        target = self._flows.to_target(client, zone, time.monotonic())
        if target is None:
            return
        found = self._clients.get(client)
        if found is None:
            found = self._clients[client] = _Client(self, client)
        found.forward(data, target)

    def give(self, data: bytes, client: Address, target: str) -> None:
        """A target has sent a datagram to a client."""
        zone = self._flows.to_client(target, client, time.monotonic())
        if zone:
            self._fronts[zone].sendto(data, client)

    async def _probe(self) -> None:
        while True:
            for target in list(self._targets):
                self._group.note_health(target, await _is_well(target, self._health_port))
            await asyncio.sleep(_PROBE_S)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pipe = asyncio.get_running_loop().create_task(self._pipe(reader, writer))
        self._pipes.add(pipe)
        pipe.add_done_callback(self._pipes.discard)

    async def _pipe(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        port = writer.get_extra_info("sockname")[1]
        target = self._group.choose(time.monotonic())
        try:
            if target is None:
                raise ConnectionRefusedError
            there, back = await asyncio.open_connection(target, port)
        except OSError:
            writer.close()
            return
        if port == self.tls_port:
            back.write(preamble(writer.get_extra_info("peername"), writer.get_extra_info("sockname")))
        connection = TcpConnection(self._group, target, time.monotonic())
        try:
            await asyncio.gather(
                _copy(reader, back, connection), _copy(there, writer, connection), _watch(connection, writer, back)
            )
        except asyncio.CancelledError:
            for end in (writer, back):
                end.transport.abort()
            raise


class _Front(asyncio.DatagramProtocol):
    """The address of a zone."""

    def __init__(self, balancer: Balancer, zone: str) -> None:
        self._balancer = balancer
        self._zone = zone

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._balancer.take(data, addr, self._zone)


class _Client(asyncio.DatagramProtocol):
    """A client on UDP, as the edges see it: a socket of its own."""

    def __init__(self, balancer: Balancer, client: Address) -> None:
        self._balancer = balancer
        self._client = client
        self._waiting: list[tuple[bytes, str]] = []
        self._back: asyncio.DatagramTransport | None = None
        loop = asyncio.get_running_loop()
        self._opening = loop.create_task(loop.create_datagram_endpoint(lambda: self, (ZONES[0], 0)))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._back = cast(asyncio.DatagramTransport, transport)
        for data, target in self._waiting:
            self.forward(data, target)

    def forward(self, data: bytes, target: str) -> None:
        if self._back:
            self._back.sendto(data, (target, self._balancer.port))
        else:
            self._waiting.append((data, target))

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._balancer.give(data, self._client, addr[0])

    def close(self) -> None:
        if self._back:
            self._back.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: TcpConnection) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            connection.note_use(time.monotonic())
            writer.write(data)
            await writer.drain()
    writer.close()


async def _watch(connection: TcpConnection, *writers: asyncio.StreamWriter) -> None:
    """Close both ends once the load balancer terminates the connection."""
    while connection.is_open(time.monotonic()) and not any(writer.is_closing() for writer in writers):
        await asyncio.sleep(_PROBE_S)
    if not connection.is_open(time.monotonic()):
        for writer in writers:
            writer.transport.abort()


async def _is_well(target: str, port: int) -> bool:
    """Whether an edge says that it is well."""
    try:
        async with asyncio.timeout(_PROBE_TIMEOUT_S):
            reader, writer = await asyncio.open_connection(target, port)
            writer.write(b"GET /health HTTP/1.1\r\nHost: edge\r\n\r\n")
            status = await reader.readline()
            writer.close()
            return b" 200 " in status
    except (OSError, TimeoutError):
        return False
