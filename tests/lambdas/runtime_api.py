"""The Lambda Runtime API on loopback, and a function under it.

The rules are those of the Lambda Developer Guide, "Using the Lambda runtime API".

The runtime client of a function asks for the next invocation, which comes once there is one. It posts its response or
its error under the invocation's id. A function that can't be imported posts an error of its start, and exits. The API
takes one answer for each invocation, with an id that it has given, of 6 MB at most.
"""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import uuid4

from tests.loopback_server import LoopbackServer

_VERSION: Final = "/2018-06-01/runtime"
_NEXT: Final = f"{_VERSION}/invocation/next"
_LARGEST: Final = 6 * 1024 * 1024
_TIMEOUT_S: Final = 60
_ARN: Final = "arn:aws:lambda:eu-central-1:123456789012:function:function"


class Posted(NamedTuple):
    """An answer of a function: `kind` is `response`, `error`, or `init/error`."""

    kind: str
    body: Any


class RuntimeApi(LoopbackServer):
    """Serves one function."""

    def __init__(self) -> None:
        self._events: queue.Queue[object] = queue.Queue()
        self._posted: queue.Queue[Posted] = queue.Queue()
        self._running: set[str] = set()
        self._asked = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                if self.path == _NEXT:
                    outer._give_next(self)
                else:
                    self.send_error(HTTPStatus.NOT_FOUND)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = outer._take(self.path, body)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        super().__init__(Handler)
        self.address = f"127.0.0.1:{self.server_port}"

    def invoke(self, event: object) -> Posted:
        """Have the function called with an event, and return its answer."""
        self._events.put(event)
        return self.wait_posted()

    def wait_posted(self) -> Posted:
        """The next answer of the function."""
        return self._posted.get(timeout=_TIMEOUT_S)

    def wait_asked(self) -> bool:
        """Whether the function has started, and asks for its first invocation."""
        return self._asked.wait(_TIMEOUT_S)

    def _give_next(self, handler: BaseHTTPRequestHandler) -> None:
        self._asked.set()
        body = json.dumps(self._events.get()).encode()
        invocation = str(uuid4())
        self._running.add(invocation)
        handler.send_response(HTTPStatus.OK)
        for name, value in {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "Lambda-Runtime-Aws-Request-Id": invocation,
            "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + 10_000),
            "Lambda-Runtime-Invoked-Function-Arn": _ARN,
        }.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    def _take(self, path: str, body: bytes) -> HTTPStatus:
        if len(body) > _LARGEST:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        if path == f"{_VERSION}/init/error":
            self._posted.put(Posted("init/error", json.loads(body)))
            return HTTPStatus.ACCEPTED
        invocation, _, kind = path.removeprefix(f"{_VERSION}/invocation/").partition("/")
        if invocation not in self._running or kind not in ("response", "error"):
            return HTTPStatus.BAD_REQUEST
        self._running.remove(invocation)
        self._posted.put(Posted(kind, json.loads(body)))
        return HTTPStatus.ACCEPTED


class Function:
    """A function in a process of its own, run by Lambda's runtime client out of an unpacked bundle."""

    def __init__(self, api: RuntimeApi, bundle: Path, handler: str, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            (sys.executable, "-m", "awslambdaric", handler),
            cwd=bundle,
            env={
                **environment,
                "AWS_LAMBDA_RUNTIME_API": api.address,
                "AWS_LAMBDA_FUNCTION_NAME": "function",
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
                "LAMBDA_TASK_ROOT": str(bundle),
                "_HANDLER": handler,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def __enter__(self) -> Function:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.returncode is None:
            self.end()

    def end(self) -> str:
        """End the process, and return what it has written."""
        self._process.kill()
        return self._process.communicate()[0]
