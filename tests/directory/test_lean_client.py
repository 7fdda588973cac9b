"""The calls that are spoken to DynamoDB directly."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from botocore.exceptions import ClientError
from urllib3.exceptions import HTTPError

from directory.lean_client import LeanClient


class Dynamo(ThreadingHTTPServer):
    """Answers with what it is given, call by call: a status and a body, or None to hang up."""

    def __init__(self, *answers: tuple[int, bytes] | None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = list(answers)
        self.requests: list[tuple[str, Any]] = []
        self.connections = 0


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Dynamo

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append((self.headers["X-Amz-Target"], body))
        answer = self.server.answers.pop(0)
        if answer is None:
            self.close_connection = True
            return
        self.send_response(answer[0])
        self.send_header("Content-Length", str(len(answer[1])))
        self.end_headers()
        self.wfile.write(answer[1])

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def dynamo(monkeypatch: pytest.MonkeyPatch, *answers: tuple[int, bytes] | None) -> Iterator[tuple[LeanClient, Dynamo]]:
    with Dynamo(*answers) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("AWS_REGION", "eu-west-1")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        client = LeanClient(2)
        try:
            yield client, server
        finally:
            client.close()
            server.shutdown()
            thread.join()


DONE = (200, b'{"Responses":[]}')
BUSY = (400, b'{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException"}')


def test_calls_share_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    with dynamo(monkeypatch, DONE, DONE, DONE) as (client, server):
        assert client.batch_execute_statement(Statements=[{"Statement": "x"}]) == {"Responses": []}
        client.batch_get_item(RequestItems={"t": {"Keys": []}})
        client.batch_write_item(RequestItems={"t": []})
        assert server.connections == 1
        assert server.requests == [
            ("DynamoDB_20120810.BatchExecuteStatement", {"Statements": [{"Statement": "x"}]}),
            ("DynamoDB_20120810.BatchGetItem", {"RequestItems": {"t": {"Keys": []}}}),
            ("DynamoDB_20120810.BatchWriteItem", {"RequestItems": {"t": []}}),
        ]


@pytest.mark.parametrize("trouble", [None, BUSY, (500, b"{}"), (503, b"<html>")])
def test_what_fails_for_a_moment_is_tried_once_more(
    monkeypatch: pytest.MonkeyPatch, trouble: tuple[int, bytes] | None
) -> None:
    with dynamo(monkeypatch, DONE, trouble, DONE) as (client, server):
        for _ in range(2):
            assert client.batch_execute_statement(Statements=[]) == {"Responses": []}
        assert not server.answers


def test_what_goes_on_failing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with dynamo(monkeypatch, BUSY, BUSY, None, None, DONE) as (client, _):
        with pytest.raises(ClientError) as refused:
            client.batch_execute_statement(Statements=[])
        assert refused.value.response["Error"]["Code"] == "ThrottlingException"
        with pytest.raises(HTTPError):
            client.batch_execute_statement(Statements=[])
        assert client.batch_execute_statement(Statements=[]) == {"Responses": []}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"}', "ResourceNotFoundException"),
        (b"[]", "HTTP 400"),
        (b"nonsense", "HTTP 400"),
    ],
)
def test_a_refusal_is_not_tried_again(monkeypatch: pytest.MonkeyPatch, body: bytes, code: str) -> None:
    with dynamo(monkeypatch, (400, body)) as (client, _), pytest.raises(ClientError) as refused:
        client.batch_get_item(RequestItems={})
    assert refused.value.response["Error"]["Code"] == code
