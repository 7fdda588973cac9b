"""UDP sockets that one thread serves, while it waits for a step to be done."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable
from typing import Final

_TICK_S: Final = 0.01
_MOST_BYTES: Final = 65535

Address = tuple[str, int]
Taken = Callable[[bytes, Address], None]


class Datagrams:
    """The sockets of an agent. Leaving it closes them."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._opened: list[socket.socket] = []
        self._jobs: list[Callable[[float], None]] = []

    def __enter__(self) -> Datagrams:
        return self

    def __exit__(self, *_: object) -> None:
        self._selector.close()
        for opened in self._opened:
            opened.close()

    def open(self, host: str, taken: Taken) -> socket.socket:
        """Opens a socket at a local address. `taken` gets each datagram with its sender."""
        opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        opened.setblocking(False)
        opened.bind((host, 0))
        self._opened.append(opened)
        self._selector.register(opened, selectors.EVENT_READ, (opened, taken))
        return opened

    def every_tick(self, job: Callable[[float], None]) -> None:
        """Calls `job` with the time, in seconds of the monotonic clock, about a hundred times a second."""
        self._jobs.append(job)

    def serve_until(self, is_done: Callable[[], bool], timeout_s: float) -> bool:
        """Serves the sockets until a condition holds. Returns whether it does within the time."""
        deadline = time.monotonic() + timeout_s
        while not is_done():
            now = time.monotonic()
            if now > deadline:
                return False
            for job in self._jobs:
                job(now)
            for key, _ in self._selector.select(_TICK_S):
                _take(*key.data)
        return True


def _take(opened: socket.socket, taken: Taken) -> None:
    try:
        data, sender = opened.recvfrom(_MOST_BYTES)
    except OSError:  # an ICMP error of an earlier datagram
        return
    taken(data, sender)
