"""Answers edges as ECS does: the task metadata endpoint and DescribeTasks, on loopback.

A task is DEACTIVATING while ECS waits for the deregistration delay (ECS Developer Guide, "Amazon ECS task lifecycle").
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Final, Self

_HOST: Final = "127.0.0.1"


class EcsApi:
    """The tasks of one cluster by their names. As a context manager it listens."""

    def __init__(self) -> None:
        self._states: dict[str, str] = {}
        self._server = ThreadingHTTPServer((_HOST, 0), self._handler())
        self._thread = Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def environment(self, task: str) -> Mapping[str, str]:
        """Returns the variables by which an edge that is this task finds its metadata and ECS."""
        url = f"http://{_HOST}:{self._server.server_port}"
        return {"ECS_CONTAINER_METADATA_URI_V4": f"{url}/{task}", "AWS_ENDPOINT_URL_ECS": url}

    def deactivate(self, task: str) -> None:
        """ECS has deregistered a task, and waits."""
        self._states[task] = "DEACTIVATING"

    def forget(self, task: str) -> None:
        """A task has stopped."""
        self._states.pop(task, None)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        states = self._states

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                """The metadata."""
                self._answer({"Cluster": "cluster", "TaskARN": self.path.split("/")[1]})

            def do_POST(self) -> None:
                """DescribeTasks."""
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                tasks = [{"taskArn": arn, "lastStatus": states.get(arn, "RUNNING")} for arn in asked["tasks"]]
                self._answer({"tasks": tasks, "failures": []})

            def log_request(self, *_: object) -> None:
                """Says nothing."""

            def _answer(self, body: object) -> None:
                data = json.dumps(body).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/x-amz-json-1.1")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        return Handler
