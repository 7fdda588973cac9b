"""Connections: what TCP, TLS and WebSocket share. They are the phones' to make, and what is sent to a phone goes over
the one that it made (RFC 5923)."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, cast

from sip_edge.trace.traces import Traces
from sip_edge.transport.flow import Flow, FlowClosedError
from sip_edge.transport.proxy_protocol import PreambleError, read_preamble

_MOST_UNSENT: Final = 1 << 20
_FIRST_MESSAGE_S: Final = 30
_IDLE_S: Final = 300
_KEEPALIVE: Final = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 60),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 15),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 4),
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
)


class ConnectionFlow(Flow):
    """One connection as a flow."""

    __slots__ = ("_connection", "_name")

    def __init__(self, connection: Connection, transport: str, host: str, port: int, local: str) -> None:
        super().__init__(transport, True, host, port, local)
        self._connection = connection
        self._name = f"{transport}/{self.source}/{secrets.token_hex(4)}"

    @property
    def name(self) -> str:
        """`transport/host:port/` and some random digits: the next connection from that address is another flow."""
        return self._name

    def send(self, data: bytes) -> None:
        """Send one message. Raises FlowClosedError when the connection has ended or its peer takes nothing."""
        self._connection.send(data)
        traces = self._connection.traces
        if traces and traces.wanted:
            traces.sent(data, self)

    def close(self) -> None:
        """End the connection when what was sent has gone."""
        self._connection.close()


@dataclass(frozen=True, slots=True)
class Accept:
    """What a listener's connections have in common.

    `transport` is the Via's word, `local` the `host:port` at which peers reach us. `behind_balancer` says that a
    PROXY protocol v2 preamble tells the real source. `flows` are those of all connections of the edge, of which there
    may be `most`; `hosts` counts them by their peers' hosts, each of which may have `most_of_a_host`. `lost` is told
    the flow of each connection that has ended, `shed` the name of a limit that has ended one at its beginning. `traces`
    are told what is sent.
    """

    transport: str
    local: str
    behind_balancer: bool
    flows: dict[str, ConnectionFlow]
    hosts: Counter[str]
    most: int
    most_of_a_host: int
    receive: Callable[[bytes, Flow], None]
    lost: Callable[[Flow], None]
    shed: Callable[[str], None]
    traces: Traces | None = None


class Connection(asyncio.Protocol):
    """The life of a connection: an optional preamble, messages, an end. Subclasses know how messages are framed."""

    def __init__(self, accept: Accept) -> None:
        self._accept = accept
        self.traces = accept.traces
        self.flow: ConnectionFlow | None = None
        self._preamble = bytearray()
        self._active = False
        self._watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A peer has connected."""
        self._transport = cast(asyncio.Transport, transport)
        if len(self._accept.flows) >= self._accept.most:
            self._accept.shed("shed_connections")
            self._transport.abort()
            return
        raw = transport.get_extra_info("socket")
        for level, option, value in _KEEPALIVE:
            raw.setsockopt(level, option, value)
        self._watch = asyncio.get_running_loop().call_later(_FIRST_MESSAGE_S, self._check_idle)
        if not self._accept.behind_balancer:
            host, port = transport.get_extra_info("peername")[:2]
            self._begin(host, port)

    def data_received(self, data: bytes) -> None:
        """Some bytes have come."""
        if self.flow is None:
            data = self._read_preamble(data)
        if data and self.flow is not None:
            self.feed(data, self.flow)

    def feed(self, data: bytes, flow: ConnectionFlow) -> None:
        """Bytes of the peer's, behind the preamble."""
        raise NotImplementedError

    def take(self, message: bytes, flow: ConnectionFlow) -> None:
        """One whole message has come."""
        self._active = True
        self._accept.receive(message, flow)

    def send(self, data: bytes) -> None:
        """Send one message. Raises FlowClosedError."""
        self.write(data)

    def write(self, data: bytes) -> None:
        """Send bytes. Raises FlowClosedError when the connection has ended or its peer takes nothing."""
        if self._transport.is_closing():
            raise FlowClosedError
        if self._transport.get_write_buffer_size() > _MOST_UNSENT:
            self._transport.abort()
            raise FlowClosedError
        self._transport.write(data)

    def close(self) -> None:
        """End the connection when what was sent has gone."""
        self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        """The connection has ended."""
        if self._watch:
            self._watch.cancel()
        if self.flow:
            del self._accept.flows[self.flow.name]
            self._accept.hosts[self.flow.host] -= 1
            if not self._accept.hosts[self.flow.host]:
                del self._accept.hosts[self.flow.host]
            self._accept.lost(self.flow)

    def _begin(self, host: str, port: int) -> None:
        accept = self._accept
        if accept.hosts[host] >= accept.most_of_a_host:
            accept.shed("shed_connections_of_a_source")
            self._transport.abort()
            return
        accept.hosts[host] += 1
        self.flow = ConnectionFlow(self, accept.transport, host, port, accept.local)
        accept.flows[self.flow.name] = self.flow

    def _read_preamble(self, data: bytes) -> bytes:
        """Find the real source, and return what follows; b"" while it is not there yet."""
        self._preamble += data
        try:
            read = read_preamble(self._preamble)
        except PreambleError:
            self._transport.abort()
            return b""
        if read is None:
            return b""
        source, size = read
        self._begin(*(source or self._transport.get_extra_info("peername")[:2]))
        return bytes(self._preamble[size:])

    def _check_idle(self) -> None:
        """A connection that says nothing goes, unless a phone is registered over it."""
        if not self._active and not (self.flow and self.flow.kept):
            self._transport.abort()
            return
        self._active = False
        self._watch = asyncio.get_running_loop().call_later(_IDLE_S, self._check_idle)
