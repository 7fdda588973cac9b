"""Exchanges datagrams with the rtpengines."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Final

_LARGEST: Final = 65535
_DRAIN: Final = 64


class MediaLink:
    """Sends datagrams to rtpengines, and hands on their answers with the `host:port` of each."""

    def __init__(self, loop: asyncio.AbstractEventLoop, receive: Callable[[bytes, str], None]) -> None:
        self._loop = loop
        self._receive = receive
        self._sockets: dict[socket.AddressFamily, socket.socket] = {}

    def send(self, address: str, data: bytes) -> None:
        """Sends to a numeric `host:port`. A datagram that the system refuses counts as lost."""
        host, _, port = address.rpartition(":")
        family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
        with suppress(OSError):
            self._socket(family).sendto(data, (host.strip("[]"), int(port)))

    def close(self) -> None:
        """Ends sending and receiving."""
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
            except OSError:  # no datagram is left, or an earlier send has failed
                return
            host = f"[{source[0]}]" if opened.family == socket.AF_INET6 else source[0]
            self._receive(data, f"{host}:{source[1]}")
