"""SIP over UDP.

A datagram may name a source that is not its own. Until an address is validated, its answers have less than three times
the bytes of its requests (RFC 9000 §8.1). So an attack with forged sources gains nothing by this edge.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Final

from sip_edge.transport import stun
from sip_edge.transport.flow import Flow
from sip_edge.transport.tracer import Tracer

_BUFFER_BYTES: Final = 4 << 20  # a burst must fit: after a restart all phones register at once
_DRAIN: Final = 64  # datagrams per wake-up, before the timers have their turn
_LARGEST: Final = 65535
_MOST_TIMES: Final = 3
Receive = Callable[[bytes, Flow], None]


class UdpFlow(Flow):
    """A peer's address, reached from the socket that it has sent to.

    `credit` is the number of bytes that may be sent, None for any number.
    """

    __slots__ = ("_credit", "_listener", "_socket")

    def __init__(self, listener: UdpListener, host: str, port: int, credit: int | None) -> None:
        self.transport = "UDP"
        self.reliable = False
        self.host = host
        self.port = port
        self.local = listener.local
        self.kept = False
        self.edge = ""
        self._listener = listener
        self._socket = listener.socket
        self._credit = credit
        self.validated = credit is None

    @property
    def name(self) -> str:
        """`UDP/host:port`: it names the same flow on every edge, before and after a restart."""
        return f"UDP/{self.source}"

    def validate_address(self) -> None:
        """See Flow."""
        self._credit = None
        self.validated = True

    def extend_amplification_limit(self, repetition: Flow) -> None:
        """See Flow. A repetition adds its credit."""
        if self._credit is not None and isinstance(repetition, UdpFlow):
            self._credit += repetition._credit or 0

    def answered_at(self, port: int) -> Flow:
        """See Flow. A load balancer lets answers through to the port alone that a request came from."""
        if self._listener.is_balanced:
            return self
        return UdpFlow(self._listener, self.host, port, self._credit)

    def send(self, data: bytes) -> None:
        """Sends a datagram. A datagram that the system refuses counts as lost on its way."""
        if self._credit is not None:
            if len(data) > self._credit:
                self._listener.shed("shed_amplification")
                return
            self._credit -= len(data)
        try:
            self._socket.sendto(data, (self.host, self.port))
        except OSError:
            return
        tracer = self._listener.tracer
        if tracer and tracer.wanted:
            tracer.sent(data, self)
        # More edges send to a proved address alone, or forged sources would gain by it.
        if self._listener.spread and self._credit is None and data.startswith(b"SIP/2.0 "):
            self._listener.spread(self.name, data)


class UdpListener:
    """A socket that reads many datagrams at each wake-up, since a wake-up costs more than a datagram."""

    def __init__(
        self,
        host: str,
        port: int,
        local: str,
        receive: Receive,
        shed: Callable[[str], None],
        tracer: Tracer | None = None,
    ) -> None:
        """Binds a numeric address, which peers reach at `local`. Raises OSError when the address can't be had.

        `receive` gets each datagram with its flow, `shed` the name of the limit that withholds one. `is_balanced` may
        be set when a load balancer stands before the port. `spread` may be set when that may lead peers elsewhere by
        now. It gets each response with the name of its flow, and sends it through other edges as well.
        """
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        try:
            self.socket.setblocking(False)
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
            if family == socket.AF_INET6:
                self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            self.socket.bind((host, port))
        except OSError:
            self.socket.close()
            raise
        self.local = local
        self.shed = shed
        self.tracer = tracer
        self.is_balanced = False
        self.spread: Callable[[str, bytes], None] | None = None
        self._receive = receive
        self.is_ipv6 = family == socket.AF_INET6

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begins to receive."""
        loop.add_reader(self.socket.fileno(), self._readable)

    def close(self, loop: asyncio.AbstractEventLoop) -> None:
        """Ends receiving and sending."""
        loop.remove_reader(self.socket.fileno())
        self.socket.close()

    def flow(self, host: str, port: int) -> UdpFlow:
        """Returns the flow to a numeric address of the listener's family."""
        return UdpFlow(self, host, port, None)

    def _readable(self) -> None:
        receive, tracer = self._receive, self.tracer
        recvfrom = self.socket.recvfrom
        for _ in range(_DRAIN):
            try:
                data, source = recvfrom(_LARGEST)
            except OSError:  # no datagram is left, or an earlier send has failed
                return
            flow = UdpFlow(self, source[0], source[1], _MOST_TIMES * len(data) - 1)
            if data and data[0] < 2 and stun.is_request(data):
                flow.send(stun.answer(data, flow.host, flow.port))
            else:
                if tracer and tracer.wanted:
                    tracer.received(data, flow)
                receive(data, flow)
