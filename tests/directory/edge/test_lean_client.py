"""The calls that are spoken to DynamoDB directly."""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
from collections.abc import Awaitable, Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import ClientConnectorCertificateError
from aiohttp import ClientError as HTTPError
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ClientError, MetadataRetrievalError

from directory.edge.lean_client import LeanClient
from tests.loopback_server import LoopbackServer
from tests.transport.conftest import write_certificate


class Dynamo(LoopbackServer):
    """Answers with what it is given, call by call: a status and a body, or None to hang up."""

    def __init__(self, *answers: tuple[int, bytes] | None) -> None:
        super().__init__(Handler)
        self.answers = list(answers)
        self.requests: list[tuple[str, Any]] = []
        self.connections = 0
        self.signed_by: list[str] = []


class Quiet(Dynamo):
    """A server that prints no refused handshake."""

    def handle_error(self, *_: object) -> None:
        pass


class Handler(BaseHTTPRequestHandler):
    """Answers one connection of the client."""

    protocol_version = "HTTP/1.1"
    server: Dynamo

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append((self.headers["X-Amz-Target"], body))
        self.server.signed_by.append(self.headers["Authorization"].partition("Credential=")[2].partition("/")[0])
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


Body = Callable[[LeanClient], Awaitable[None]]


def run(monkeypatch: pytest.MonkeyPatch, server: Dynamo, body: Body, scheme: str = "http") -> None:
    """Let a client of the server do something."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"{scheme}://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")

    async def main() -> None:
        client = LeanClient(2)
        try:
            await body(client)
        finally:
            await client.close()

    with server:
        asyncio.run(main())


DONE = (200, b'{"Responses":[]}')
BUSY = (400, b'{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException"}')


def test_calls_share_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    async def body(client: LeanClient) -> None:
        assert await client.batch_execute_statement(Statements=[{"Statement": "x"}]) == {"Responses": []}
        await client.batch_get_item(RequestItems={"t": {"Keys": []}})
        await client.batch_write_item(RequestItems={"t": []})

    server = Dynamo(DONE, DONE, DONE)
    run(monkeypatch, server, body)
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
    async def body(client: LeanClient) -> None:
        for _ in range(2):
            assert await client.batch_execute_statement(Statements=[]) == {"Responses": []}

    server = Dynamo(DONE, trouble, DONE)
    run(monkeypatch, server, body)
    assert not server.answers


def test_what_goes_on_failing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def body(client: LeanClient) -> None:
        with pytest.raises(ClientError) as refused:
            await client.batch_execute_statement(Statements=[])
        assert refused.value.response["Error"]["Code"] == "ThrottlingException"
        with pytest.raises(HTTPError):
            await client.batch_execute_statement(Statements=[])
        assert await client.batch_execute_statement(Statements=[]) == {"Responses": []}

    run(monkeypatch, Dynamo(BUSY, BUSY, None, None, DONE), body)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b'{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"}', "ResourceNotFoundException"),
        (b"[]", "HTTP 400"),
        (b"nonsense", "HTTP 400"),
    ],
)
def test_a_refusal_is_not_tried_again(monkeypatch: pytest.MonkeyPatch, answer: bytes, code: str) -> None:
    async def body(client: LeanClient) -> None:
        with pytest.raises(ClientError) as refused:
            await client.batch_get_item(RequestItems={})
        assert refused.value.response["Error"]["Code"] == code

    run(monkeypatch, Dynamo((400, answer)), body)


def test_an_endpoint_that_nobody_vouches_for_is_told_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    write_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate.pem", tmp_path / "key.pem")
    server = Quiet(DONE)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    refusals = []

    async def body(client: LeanClient) -> None:
        with pytest.raises(HTTPError) as refused:
            await client.batch_get_item(RequestItems={})
        refusals.append(refused.value)

    run(monkeypatch, server, body, "https")
    assert isinstance(refusals[0], ClientConnectorCertificateError)
    assert not server.requests


class Credentials:
    """Credentials that expire, and are renewed by a server that may be away. Each call is signed with the last ones."""

    def __init__(self, *renewals: str | None) -> None:
        self._renewals = list(renewals)
        self.threads: list[int] = []

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        self.threads.append(threading.get_ident())
        key = self._renewals.pop(0)
        if key is None:
            raise MetadataRetrievalError(error_msg="away")
        return ReadOnlyCredentials(key, "test", None)


def test_credentials_are_renewed_beside_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    credentials, now = Credentials("first", None, "third"), 0.0
    session = SimpleNamespace(get_credentials=lambda: credentials)
    monkeypatch.setattr("directory.edge.lean_client.session", lambda: session)
    monkeypatch.setattr("directory.edge.lean_client.time.monotonic", lambda: now)

    async def body(client: LeanClient) -> None:
        nonlocal now
        for moment in (1.0, 2.0, 62.0, 63.0, 123.0):
            now = moment
            await client.batch_get_item(RequestItems={})

    server = Dynamo(*[DONE] * 5)
    run(monkeypatch, server, body)
    assert server.signed_by == ["first", "first", "first", "first", "third"]
    assert threading.get_ident() not in credentials.threads
