"""A delivery ends by its deadline, whatever an endpoint does."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from lambdas.webhook.deadline import Deadline
from lambdas.webhook.post import NoHttpError, post
from tests.lambdas.endpoint import Answer, Connection, Endpoint

OK = b"HTTP/1.1 204 No Content\r\n"


def posted(answer: Answer, timeout_s: float, scheme: str = "http", body: bytes = b"{}") -> int:
    with Endpoint(answer) as endpoint:
        url = f"{scheme}://127.0.0.1:{endpoint.port}/events?from=sip"
        return post(url, body, {"Webhook-Id": "e"}, Deadline(timeout_s), private=True)


def test_the_request() -> None:
    seen: list[bytes] = []

    def answer(connection: Connection) -> None:
        seen.append(connection.read_request())
        connection.send(OK + b"\r\n")

    assert posted(answer, 20) == 204
    head = seen[0].partition(b"\r\n\r\n")[0].decode().split("\r\n")
    assert head[0] == "POST /events?from=sip HTTP/1.1"
    fields = dict(line.split(": ") for line in head[1:])
    assert fields.pop("Host").startswith("127.0.0.1:")
    assert fields == {"Connection": "close", "Webhook-Id": "e", "Content-Length": "2"}


@pytest.mark.parametrize(
    ("before", "dripped"),
    [
        (b"", b"H"),
        (b"HTTP/1.1 ", b"2"),
        (b"HTTP/1.1 200 OK", b" "),
        (b"HTTP/1.1 100 Continue\r\n", b"X: y\r\n"),
        (b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
    ],
)
def test_an_endpoint_that_drips_gets_no_more_than_the_deadline(before: bytes, dripped: bytes) -> None:
    """The endpoint drips for as long as it is connected, so that this ends by the deadline alone."""

    def answer(connection: Connection) -> None:
        connection.read_request()
        connection.send(before)
        connection.drip(dripped)

    with pytest.raises(TimeoutError):
        posted(answer, 0.3)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_endpoint_that_says_nothing(scheme: str) -> None:
    with pytest.raises(TimeoutError):
        posted(Connection.wait, 0.3, scheme)


def test_a_tls_handshake_that_drips() -> None:
    """A handshake record (RFC 8446 section 5.1) that announces 16 KiB and comes byte by byte."""

    def answer(connection: Connection) -> None:
        connection.send(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc")
        connection.drip(b"\0")

    with pytest.raises(TimeoutError):
        posted(answer, 0.3, "https")


def test_an_endpoint_that_reads_nothing() -> None:
    """The body is larger than what the sockets of both ends take."""
    with pytest.raises(TimeoutError):
        posted(Connection.wait, 0.3, body=bytes(64 * 1024 * 1024))


@pytest.mark.parametrize("behind", [b"X: dripped ", b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n"])
def test_nothing_behind_the_status_line_is_waited_for(behind: bytes) -> None:
    def answer(connection: Connection) -> None:
        connection.read_request()
        connection.send(OK)
        connection.drip(behind)

    assert posted(answer, 20) == 204


@pytest.mark.parametrize(
    ("answered", "status"),
    [
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, 204),
        (b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.0 302 Found\r\n", 302),
        (b"HTTP/1.1 200 \r\n", 200),
        (b"HTTP/1.1 200\r\n", 200),
        (b"HTTP/1.1 101 Switching Protocols\r\n", 101),
    ],
)
def test_interim_answers_are_skipped(answered: bytes, status: int) -> None:
    def answer(connection: Connection) -> None:
        connection.read_request()
        connection.send(answered)
        connection.wait()

    assert posted(answer, 20) == status


@pytest.mark.parametrize(
    "answered", [b"SSH-2.0-OpenSSH\r\n", b"HTTP/2 200\r\n", b"HTTP/1.1 2000 OK\r\n", b"\r\n\r\n", b"x" * 20_000]
)
def test_no_http(answered: bytes) -> None:
    def answer(connection: Connection) -> None:
        connection.read_request()
        connection.send(answered)
        connection.wait()

    with pytest.raises(NoHttpError):
        posted(answer, 20)


@pytest.mark.parametrize("answered", [b"", b"HTTP/1.1 200 OK", b"HTTP/1.1 100 Continue\r\n\r\n"])
def test_an_endpoint_that_hangs_up(answered: bytes) -> None:
    def answer(connection: Connection) -> None:
        connection.read_request()
        connection.send(answered)

    with pytest.raises(ConnectionError):
        posted(answer, 20)


@pytest.fixture
def name_server_is_silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    over = threading.Event()

    def look_up(*_: object, **__: object) -> list[object]:
        over.wait()
        raise socket.gaierror

    monkeypatch.setattr("lambdas.webhook.address.socket.getaddrinfo", look_up)
    yield
    over.set()


@pytest.mark.usefixtures("name_server_is_silent")
def test_a_name_server_that_says_nothing() -> None:
    with pytest.raises(TimeoutError):
        post("https://slow.example/", b"", {}, Deadline(0.3), private=False)


def test_a_deadline_that_has_passed() -> None:
    with pytest.raises(TimeoutError):
        Deadline(0).left_s()
