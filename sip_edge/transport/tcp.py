"""SIP over TCP. Connections are the phones' to make: what is sent to a phone goes over the one that it made."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from typing import Final

from sip_edge.transport.flow import Flow, FlowClosedError
from sip_edge.transport.framing import PING, PONG, Framer, FramingError

_MOST_UNSENT: Final = 1 << 20
Receive = Callable[[bytes, Flow], None]


class TcpFlow(Flow):
    """One connection."""

    __slots__ = ("_name", "_transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        host, port = transport.get_extra_info("peername")[:2]
        super().__init__("TCP", True, host, port)
        self._name = f"TCP/{host}:{port}/{secrets.token_hex(4)}"
        self._transport = transport

    @property
    def name(self) -> str:
        """`TCP/host:port/` and some random digits: the next connection from that address is another flow."""
        return self._name

    def send(self, data: bytes) -> None:
        """Send one message. Raises FlowClosedError when the connection has ended or its peer takes nothing."""
        if self._transport.is_closing():
            raise FlowClosedError
        if self._transport.get_write_buffer_size() > _MOST_UNSENT:
            self._transport.abort()
            raise FlowClosedError
        self._transport.write(data)

    def close(self) -> None:
        """End the connection when what was sent has gone."""
        self._transport.close()


class Connection(asyncio.Protocol):
    """What happens on one connection."""

    def __init__(self, flows: dict[str, TcpFlow], receive: Receive) -> None:
        self._flows = flows
        self._receive = receive
        self._framer = Framer()
        self._flow: TcpFlow | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A peer has connected."""
        assert isinstance(transport, asyncio.Transport)
        self._flow = TcpFlow(transport)
        self._flows[self._flow.name] = self._flow

    def data_received(self, data: bytes) -> None:
        """Some bytes have come."""
        flow = self._flow
        assert flow is not None
        try:
            for message in self._framer.feed(data):
                if message == PING:
                    flow.send_if_open(PONG)
                else:
                    self._receive(message, flow)
        except FramingError:
            flow.close()

    def connection_lost(self, error: Exception | None) -> None:
        """The connection has ended."""
        if self._flow:
            self._flows.pop(self._flow.name, None)


class TcpListener:
    """Accepts connections and knows those that are open."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._flows: dict[str, TcpFlow] = {}
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> None:
        """Begin to listen. Raises OSError when the address can't be had."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self._flows, self._receive), host, port)

    def find(self, name: str) -> TcpFlow | None:
        """The open connection of that name."""
        return self._flows.get(name)

    async def close(self) -> None:
        """Listen no more, and end all connections."""
        if self._server:
            self._server.close()
        for flow in list(self._flows.values()):
            flow.close()
        if self._server:
            await self._server.wait_closed()
