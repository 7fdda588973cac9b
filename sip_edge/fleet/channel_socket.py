"""The socket of the channel between edges."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from sip_edge.transport.flow import Flow
from sip_edge.transport.udp import UdpListener

_OUTSIDE = ("198.51.100.1", 9)  # an address for documentation (RFC 5737), to which nothing is sent


class ChannelSocket:
    """Carries datagrams between this edge and its peers, which reach it at `address`, a `host:port`."""

    def __init__(self, host: str, port: int, receive: Callable[[bytes], None]) -> None:
        """`host` is numeric, "" for the address of the default route's interface. Raises OSError without any."""
        self._host = host or own_address()
        self._port = port
        self._receive = receive
        self._listener: UdpListener | None = None
        self.address = f"[{self._host}]:{port}" if ":" in self._host else f"{self._host}:{port}"

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begins to receive. Raises OSError when the address can't be had."""
        self._listener = UdpListener(self._host, self._port, self.address, self._take, _nothing_is_held_back)
        self._listener.start(loop)

    def transmit(self, address: str, datagram: bytes) -> None:
        """Sends a datagram to a peer."""
        host, _, port = address.rpartition(":")
        if self._listener:
            self._listener.flow(host.strip("[]"), int(port)).send(datagram)

    def close(self, loop: asyncio.AbstractEventLoop) -> None:
        """Ends sending and receiving."""
        if self._listener:
            self._listener.close(loop)
            self._listener = None

    def _take(self, datagram: bytes, flow: Flow) -> None:
        self._receive(datagram)


def _nothing_is_held_back(limit: str) -> None:
    """Does nothing: no limit applies to peers, which are proved."""


def own_address() -> str:
    """Returns the address of the default route's interface. Raises OSError when there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(_OUTSIDE)
        address: str = probe.getsockname()[0]
        return address
