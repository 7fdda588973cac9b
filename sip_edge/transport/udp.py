"""SIP over UDP."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Final

from sip_edge.transport import stun
from sip_edge.transport.flow import Flow

_BUFFER_BYTES: Final = 4 << 20  # bursts must fit: after a restart every phone registers at once
_DRAIN: Final = 64  # so many datagrams per wake-up, and then it is the timers' turn
_LARGEST: Final = 65535
Receive = Callable[[bytes, Flow], None]


class UdpFlow(Flow):
    """A peer's address, reached from the socket that it reached us on."""

    __slots__ = ("_socket",)

    def __init__(self, listening: socket.socket, host: str, port: int, local: str) -> None:
        self.transport = "UDP"
        self.reliable = False
        self.host = host
        self.port = port
        self.local = local
        self.kept = False
        self._socket = listening

    @property
    def name(self) -> str:
        """`UDP/host:port`: it names the same flow on every edge, before and after a restart."""
        return f"UDP/{self.source}"

    def send(self, data: bytes) -> None:
        """Send a datagram. What the network doesn't take is lost as on any other way of a datagram."""
        try:
            self._socket.sendto(data, (self.host, self.port))
        except OSError:
            return


class UdpListener:
    """A socket that is drained at each wake-up: a wake-up costs more than a datagram."""

    def __init__(self, host: str, port: int, local: str, receive: Receive) -> None:
        """Listen on a numeric address; peers reach it at `local`. Raises OSError when the address can't be had."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        if family == socket.AF_INET6:
            self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        self._socket.bind((host, port))
        self._local = local
        self._receive = receive
        self.is_ipv6 = family == socket.AF_INET6

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to receive."""
        loop.add_reader(self._socket.fileno(), self._readable)

    def close(self, loop: asyncio.AbstractEventLoop) -> None:
        """Receive and send no more."""
        loop.remove_reader(self._socket.fileno())
        self._socket.close()

    def flow(self, host: str, port: int) -> UdpFlow:
        """The flow to a numeric address of the listener's family."""
        return UdpFlow(self._socket, host, port, self._local)

    def _readable(self) -> None:
        receive, listening, local = self._receive, self._socket, self._local
        recvfrom = listening.recvfrom
        for _ in range(_DRAIN):
            try:
                data, source = recvfrom(_LARGEST)
            except OSError:  # nothing is there any more, or an error of an earlier send is reported
                return
            flow = UdpFlow(listening, source[0], source[1], local)
            if data and data[0] < 2 and stun.is_request(data):
                flow.send(stun.answer(data, flow.host, flow.port))
            else:
                receive(data, flow)
