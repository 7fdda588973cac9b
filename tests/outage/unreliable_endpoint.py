"""A DynamoDB endpoint that fails when it is told to: a proxy in front of the emulator."""

from __future__ import annotations

import json
import socket
import threading
from collections import Counter
from contextlib import suppress
from enum import Enum, auto
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import urlsplit

from tests.ports import free_port

SLOW_S = 0.4


class Trouble(Enum):
    """The faults of the endpoint."""

    NOTHING = auto()
    SLOW = auto()
    """Each answer takes SLOW_S longer."""
    HANGING = auto()
    """Requests are taken and never answered."""
    FAILING = auto()
    """500 InternalServerError."""
    THROTTLED = auto()
    """Calls are refused as a whole."""
    THROTTLED_PIECEMEAL = auto()
    """Calls are answered, and every statement and key in them is refused."""
    FORGETFUL = auto()
    """The next call is carried out, and its connection ends in the place of an answer."""


class UnreliableEndpoint:
    """Passes everything on to `real`, a URL, while there is no `trouble`.

    `calls` counts them by operation. `go_away` ends all connections and refuses new ones,
    until `come_back`.
    """

    def __init__(self, real: str) -> None:
        self.trouble = Trouble.NOTHING
        self.calls: Counter[str] = Counter()
        self.real = urlsplit(real).netloc
        self.ended = threading.Event()
        self.connections: set[socket.socket] = set()
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self.come_back()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.go_away()

    def come_back(self) -> None:
        endpoint = self

        class Handler(_Handler):
            owner = endpoint

        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def go_away(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        for connection in list(self.connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    owner: UnreliableEndpoint

    def setup(self) -> None:
        super().setup()
        self.owner.connections.add(self.connection)
        self._real = HTTPConnection(self.owner.real, timeout=30)

    def finish(self) -> None:
        self.owner.connections.discard(self.connection)
        self._real.close()
        with suppress(OSError):
            super().finish()

    def handle(self) -> None:
        with suppress(ConnectionError):
            super().handle()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        operation = self.headers["X-Amz-Target"].partition(".")[2]
        request = json.loads(body)
        self.owner.calls[operation] += 1
        trouble = self.owner.trouble
        if trouble is Trouble.HANGING:
            self.owner.ended.wait()
            self.close_connection = True
        elif trouble is Trouble.FAILING:
            self._answer(500, {"__type": "com.amazonaws.dynamodb.v20120810#InternalServerError"})
        elif trouble is Trouble.THROTTLED:
            self._answer(400, {"__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"})
        elif trouble is Trouble.THROTTLED_PIECEMEAL:
            self._answer(200, _nothing_done(operation, request))
        else:
            status, answer = self._pass_on(body)
            if trouble is Trouble.SLOW:
                self.owner.ended.wait(SLOW_S)
            if trouble is Trouble.FORGETFUL:
                self.owner.trouble = Trouble.NOTHING
                self.close_connection = True
            else:
                self._answer(status, answer)

    def _pass_on(self, body: bytes) -> tuple[int, Any]:
        headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
        self._real.request("POST", self.path, body, headers)
        response = self._real.getresponse()
        return response.status, json.loads(response.read())

    def _answer(self, status: int, answer: Any) -> None:
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Nothing: the edge's own log tells."""


def _nothing_done(operation: str, request: dict[str, Any]) -> dict[str, Any]:
    if operation == "BatchGetItem":
        return {"Responses": {}, "UnprocessedKeys": request["RequestItems"]}
    return {"Responses": [{"Error": {"Code": "ThrottlingError"}} for _ in request["Statements"]]}
