"""An endpoint of a webhook on loopback that answers byte by byte, as slowly as a test wants."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

_STEP_S: Final = 0.01

Answer = Callable[["Connection"], None]


class Connection:
    """A connection to the endpoint, as its answer uses it."""

    def __init__(self, connected: socket.socket, ended: threading.Event) -> None:
        self._connected = connected
        self._ended = ended

    def read_request(self) -> bytes:
        """The head of a request; its body is taken as well when it has come with it."""
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._connected.recv(65536)
        return received

    def send(self, data: bytes) -> None:
        """Send bytes at once."""
        self._connected.sendall(data)

    def drip(self, data: bytes) -> None:
        """Send bytes over and over, one at a time, until the other end closes the connection."""
        while not self._ended.is_set():
            for byte in data:
                self._connected.sendall(bytes([byte]))
                self._ended.wait(_STEP_S)

    def wait(self) -> None:
        """Send nothing until the test is over."""
        self._ended.wait()


class Endpoint:
    """Takes connections and gives each the same answer."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._ended = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)
        self.port: int = self._listening.getsockname()[1]

    def __enter__(self) -> Endpoint:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listening.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connected, _ = self._listening.accept()
                with connected, suppress(OSError):
                    self._answer(Connection(connected, self._ended))
