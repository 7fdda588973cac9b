"""Stands in for other services' HTTP servers: each of them subclasses the server."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, Self

_POLL_S: Final = 0.05  # the time that its end may take


class LoopbackServer(ThreadingHTTPServer):
    """An HTTP server on a free port of the loopback. As a context manager it serves, in a thread."""

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self.serve_forever, args=(_POLL_S,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()
