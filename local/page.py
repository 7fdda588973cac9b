"""The operator's page, served on this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urlsplit

from local.demo import Demo
from local.settings import HOST

_FOLDER: Final = Path(__file__).parent.parent / "page"
_SERVICE: Final = "/service.json"


class Page:
    """A server of the page for the demo customer. As a context manager it serves, in a thread.

    Raises OSError when the port is taken.
    """

    def __init__(self, port: int, demo: Demo) -> None:
        api = urlsplit(demo.api_url)
        headers = {
            # Beside the page's own policy, which knows no API in particular.
            "Content-Security-Policy": f"connect-src 'self' {api.scheme}://{api.netloc}; frame-ancestors 'none'",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-cache",
        }
        self.url = f"http://{HOST}:{port}/"
        self._server = ThreadingHTTPServer((HOST, port), partial(_Handler, _told(demo), headers))

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _told(demo: Demo) -> bytes:
    """Returns the settings that the page reads (page/service.js). The token is never among them."""
    told = {
        "api_url": demo.api_url,
        "proxy": f"{demo.sip_host}:{demo.sip_port}",
        "websocket": f"ws://{demo.sip_host}:{demo.ws_port}",
    }
    return json.dumps(told).encode()


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, told: bytes, headers: Mapping[str, str], *arguments: Any) -> None:
        self._told = told
        self._headers = headers
        super().__init__(*arguments, directory=str(_FOLDER))

    def do_GET(self) -> None:
        """Answer with a file of the page, or with what it is told."""
        if urlsplit(self.path).path != _SERVICE:
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(self._told)))
        self.end_headers()
        self.wfile.write(self._told)

    def end_headers(self) -> None:
        """Add the headers of every answer."""
        for name, value in self._headers.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing: the terminal shows what to do."""
