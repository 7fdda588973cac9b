"""SIP over UDP."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Final

from sip_edge.transport.flow import Flow

_BUFFER_BYTES: Final = 4 << 20  # bursts must fit: after a restart every phone registers at once
_DRAIN: Final = 64  # so many datagrams per wake-up, and then it is the timers' turn
_LARGEST: Final = 65535
Receive = Callable[[bytes, Flow], None]


class UdpFlow(Flow):
    """A peer's address, reached from the socket that it reached us on."""

    __slots__ = ("_socket",)

    def __init__(self, listening: socket.socket, host: str, port: int) -> None:
        self.transport = "UDP"
        self.reliable = False
        self.host = host
        self.port = port
        self._socket = listening

    @property
    def name(self) -> str:
        """`UDP/host:port`: it names the same flow on every edge, before and after a restart."""
        return f"UDP/{self.host}:{self.port}"

    def send(self, data: bytes) -> None:
        """Send a datagram. What the network doesn't take is lost as on any other way of a datagram."""
        try:
            self._socket.sendto(data, (self.host, self.port))
        except OSError:
            return


class UdpListener:
    """A socket that is drained at each wake-up: a wake-up costs more than a datagram."""

    def __init__(self, host: str, port: int, receive: Receive) -> None:
        """Raises OSError when the address can't be had."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        self._socket.bind((host, port))
        self._receive = receive

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to receive."""
        loop.add_reader(self._socket.fileno(), self._readable)

    def close(self, loop: asyncio.AbstractEventLoop) -> None:
        """Receive and send no more."""
        loop.remove_reader(self._socket.fileno())
        self._socket.close()

    def flow(self, name: str) -> UdpFlow:
        """The flow of a name that UdpFlow gave. Raises ValueError for others."""
        host, _, port = name.removeprefix("UDP/").rpartition(":")
        return UdpFlow(self._socket, host, int(port))

    def _readable(self) -> None:
        receive, listening = self._receive, self._socket
        recvfrom = listening.recvfrom
        for _ in range(_DRAIN):
            try:
                data, (host, port) = recvfrom(_LARGEST)
            except OSError:  # nothing is there any more, or an error of an earlier send is reported
                return
            receive(data, UdpFlow(listening, host, port))
