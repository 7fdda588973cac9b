"""Ports for servers that a test starts."""

from __future__ import annotations

import os
import socket
from contextlib import closing
from itertools import cycle
from random import sample
from typing import Final

# Below those that sockets get that ask for none, so that nobody else gets one before its server does.
_LOWEST, _END = 10_000, 32_000
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
_OURS = range(_LOWEST + _WORKER, _END, _WORKERS)
_NEXT: Final = cycle(sample(_OURS, len(_OURS)))


def free_port() -> int:
    """A port of the loopback that is free for UDP and TCP. No other test gets it for a long time."""
    return next(port for port in _NEXT if _is_free(port))


def _is_free(port: int) -> bool:
    with (
        closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as udp,
        closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as tcp,
    ):
        try:
            tcp.bind(("127.0.0.1", port))
            udp.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
