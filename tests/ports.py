"""Ports for servers that a test starts."""

from __future__ import annotations

import socket
from contextlib import closing
from random import randrange

_LOWEST, _END = 10_000, 32_000  # below those that sockets get that ask for none, so that nobody else gets it meanwhile


def free_port() -> int:
    """A port of the loopback that is free for UDP and TCP."""
    with (
        closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as udp,
        closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as tcp,
    ):
        port = randrange(_LOWEST, _END)
        try:
            tcp.bind(("127.0.0.1", port))
            udp.bind(("127.0.0.1", port))
        except OSError:
            return free_port()
        return port
