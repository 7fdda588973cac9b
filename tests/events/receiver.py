"""A customer's program that takes events, as one would write it from the documentation."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.loopback_server import LoopbackServer

_TIMEOUT_S = 90


class Receiver(LoopbackServer):
    """Takes events on loopback. `answers` are the statuses of the next answers, then it is 204.

    Each answer takes `pause_s`; `most` is how many requests have waited for theirs at a time.
    """

    def __init__(self, pause_s: float = 0) -> None:
        self.secret = ""
        self.most = 0
        self._waiting = 0
        self._lock = threading.Lock()
        self.answers: list[int] = []
        self._taken: queue.Queue[dict[str, Any]] = queue.Queue()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with outer._counted():
                    time.sleep(pause_s)
                outer._take(dict(self.headers.items()), body)
                self.send_response(outer.answers.pop(0) if outer.answers else 204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        super().__init__(Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/events?from=sip"

    def wait(self) -> dict[str, Any]:
        """The next delivery: its headers and its event, after a look at the signature."""
        delivery = self._taken.get(timeout=_TIMEOUT_S)
        assert delivery["genuine"]
        return delivery

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._lock:
            self._waiting += 1
            self.most = max(self.most, self._waiting)
        try:
            yield
        finally:
            with self._lock:
                self._waiting -= 1

    def _take(self, headers: dict[str, str], body: bytes) -> None:
        signed = f"{headers['Webhook-Id']}.{headers['Webhook-Timestamp']}.".encode() + body
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        expected = "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        genuine = hmac.compare_digest(expected, headers["Webhook-Signature"])
        self._taken.put({"genuine": genuine, "headers": headers, "event": json.loads(body)})
