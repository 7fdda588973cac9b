"""The way to the rtpengines: datagrams."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Final

_LARGEST: Final = 65535
_DRAIN: Final = 64


class MediaLink:
    """Sends datagrams to rtpengines, and hands on what comes back, with the `host:port` it came from."""

    def __init__(self, loop: asyncio.AbstractEventLoop, receive: Callable[[bytes, str], None]) -> None:
        self._loop = loop
        self._receive = receive
        self._sockets: dict[socket.AddressFamily, socket.socket] = {}

    def send(self, address: str, data: bytes) -> None:
        """Send to a numeric `host:port`. What the network doesn't take is lost as on any other way of a datagram."""
        host, _, port = address.rpartition(":")
        family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
        with suppress(OSError):
            self._socket(family).sendto(data, (host.strip("[]"), int(port)))

    def close(self) -> None:
        """Send and receive no more."""
        for opened in self._sockets.values():
            self._loop.remove_reader(opened.fileno())
            opened.close()
        self._sockets.clear()

    def _socket(self, family: socket.AddressFamily) -> socket.socket:
        if family not in self._sockets:
            opened = socket.socket(family, socket.SOCK_DGRAM)
            opened.setblocking(False)
            self._loop.add_reader(opened.fileno(), self._readable, opened)
            self._sockets[family] = opened
        return self._sockets[family]

    def _readable(self, opened: socket.socket) -> None:
        for _ in range(_DRAIN):
            try:
                data, source = opened.recvfrom(_LARGEST)
            except OSError:  # nothing is there any more, or an error of an earlier send is reported
                return
            host = f"[{source[0]}]" if opened.family == socket.AF_INET6 else source[0]
            self._receive(data, f"{host}:{source[1]}")
