"""Service Quotas, as far as a quota of an account is asked for. The emulator has none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.loopback_server import LoopbackServer

_USUAL = {"L-3032A538": 64.0, "L-B99A9384": 1000.0, "L-69A177A2": 50.0, "L-F678F1CE": 5.0, "L-0263D0A3": 5.0}


@contextmanager
def service_quotas(**values: float) -> Iterator[str]:
    """Yields the URL of a server. Quotas that `values` names by their codes, `_` for `-`, are the account's own."""
    own = {code.replace("_", "-"): value for code, value in values.items()}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            is_default = self.headers["X-Amz-Target"].endswith("GetAWSDefaultServiceQuota")
            value = (_USUAL if is_default else own).get(asked["QuotaCode"])
            if value is None:
                self._answer(400, {"__type": "NoSuchResourceException", "Message": "none"})
            else:
                self._answer(200, {"Quota": {"QuotaCode": asked["QuotaCode"], "Value": value}})

        def _answer(self, status: int, document: dict[str, Any]) -> None:
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Be quiet."""

    with LoopbackServer(Handler) as server:
        yield f"http://127.0.0.1:{server.server_port}"
