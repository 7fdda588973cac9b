"""A scanner in disguise: what it sends passes through here, and leaves with the User-Agent of a phone."""

from __future__ import annotations

import socket
import threading
from typing import Self

_ITS_OWN = b"friendly-scanner"
_ANOTHER = b"Linphone/5.1.65"
_POLL_S = 0.1


class Disguise:
    """Relays datagrams between one scanner at a time and an edge."""

    def __init__(self, edge: tuple[str, int], host: str) -> None:
        """The edge sees them come from `host`."""
        self._edge = edge
        self._inside, self._outside = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        self._inside.bind(("127.0.0.1", 0))
        self._outside.bind((host, 0))
        for each in (self._inside, self._outside):
            each.settimeout(_POLL_S)
        self.port: int = self._inside.getsockname()[1]
        self.sent = 0
        self._scanner = ("127.0.0.1", 9)
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=way) for way in (self._out, self._back)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()
        self._inside.close()
        self._outside.close()

    def _out(self) -> None:
        while not self._ended.is_set():
            try:
                data, self._scanner = self._inside.recvfrom(65535)
            except TimeoutError:
                continue
            self.sent += 1
            self._outside.sendto(data.replace(_ITS_OWN, _ANOTHER), self._edge)

    def _back(self) -> None:
        while not self._ended.is_set():
            try:
                self._inside.sendto(self._outside.recv(65535), self._scanner)
            except TimeoutError:
                continue
