"""The two calls that an edge makes for every registration and every call, spoken to DynamoDB directly.

botocore takes a millisecond of CPU time for a call, several times of what the SIP of it takes; this takes a fifth. What
it leaves to botocore: to find the endpoint, the region and the credentials.
"""

from __future__ import annotations

import json
import socket
import ssl
import time
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import ClientError, NoCredentialsError
from botocore.httpsession import get_cert_path

from directory.client import CONNECT_TIMEOUT_S, READ_TIMEOUT_S, dynamodb
from directory.retries import Retries
from directory.signing import authorization

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import BatchStatementRequestTypeDef

_CHUNK: Final = 65536
_THROTTLED: Final = frozenset(("ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded"))
_encode: Final = json.JSONEncoder(separators=(",", ":")).encode


class LeanClient:
    """Makes calls from any thread, over connections that are kept.

    Requests and answers are in DynamoDB's wire form, as botocore's client has them. What fails for a moment is tried
    once more, from the budget that throttled writes have too. Raises botocore's ClientError when DynamoDB refuses, and
    OSError when it can't be reached.
    """

    def __init__(self) -> None:
        """Raises KeyError naming the variable when no region is set."""
        meta = dynamodb().meta
        self._url = urlsplit(meta.endpoint_url)
        self._region = meta.region_name
        self._credentials = boto3.Session().get_credentials()
        self._context = ssl.create_default_context(cafile=get_cert_path(True)) if self._url.scheme == "https" else None
        self._idle: list[socket.socket] = []  # taken from and put back by all threads
        self._retries = Retries()

    def batch_get_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803  (DynamoDB's name)
        """BatchGetItem."""
        return self._call("BatchGetItem", {"RequestItems": RequestItems})

    def batch_execute_statement(self, Statements: list[BatchStatementRequestTypeDef]) -> dict[str, Any]:  # noqa: N803
        """BatchExecuteStatement."""
        return self._call("BatchExecuteStatement", {"Statements": Statements})

    def close(self) -> None:
        """End the connections, once nobody makes calls any more."""
        while self._idle:
            self._idle.pop().close()

    def _call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        body = _encode(request).encode()
        self._retries.earn()
        try:
            return self._try(operation, body)
        except (OSError, ClientError) as error:
            pause = self._retries.pause(1) if _may_pass(error) else None
            if pause is None:
                raise
        time.sleep(pause)
        return self._try(operation, body)

    def _try(self, operation: str, body: bytes) -> dict[str, Any]:
        data = self._head(operation, body) + body
        connection = self._take()
        try:
            status, answer = _exchange(connection, data)
        except OSError:
            connection.close()
            raise
        self._idle.append(connection)
        if status == 200:
            found: dict[str, Any] = json.loads(answer)
            return found
        raise ClientError(
            {
                "Error": {"Code": _code(status, answer), "Message": ""},
                "ResponseMetadata": {"HTTPStatusCode": status},  # type: ignore[typeddict-item]  # all that we need
            },
            operation,
        )

    def _take(self) -> socket.socket:
        try:
            return self._idle.pop()
        except IndexError:
            return self._connect()

    def _connect(self) -> socket.socket:
        host, port = self._url.hostname or "", self._url.port or (443 if self._context else 80)
        connection = socket.create_connection((host, port), CONNECT_TIMEOUT_S)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if self._context:
            connection = self._context.wrap_socket(connection, server_hostname=host)
        connection.settimeout(READ_TIMEOUT_S)
        return connection

    def _head(self, operation: str, body: bytes) -> bytes:
        if self._credentials is None:
            raise NoCredentialsError
        credentials = self._credentials.get_frozen_credentials()
        headers = {
            "content-type": "application/x-amz-json-1.0",
            "host": self._url.netloc,
            "x-amz-date": time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()),
            "x-amz-target": f"DynamoDB_20120810.{operation}",
        }
        if credentials.token:
            headers["x-amz-security-token"] = credentials.token
        headers["authorization"] = authorization(credentials, self._region, "dynamodb", headers, body)
        headers["content-length"] = str(len(body))
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        return f"POST / HTTP/1.1\r\n{lines}\r\n".encode()


def _may_pass(error: OSError | ClientError) -> bool:
    if isinstance(error, OSError):
        return True
    response = error.response
    return response["ResponseMetadata"]["HTTPStatusCode"] >= 500 or response["Error"]["Code"] in _THROTTLED


def _exchange(connection: socket.socket, request: bytes) -> tuple[int, bytes]:
    """Send a request; the status and the body of its answer. Raises OSError when the connection can't be used again."""
    connection.sendall(request)
    received = b""
    while b"\r\n\r\n" not in received:
        received += _receive(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    start, *lines = head.split(b"\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
    status, length = start[9:12], headers.get(b"content-length", b"")
    if not status.isdigit() or not length.isdigit():
        raise ConnectionError("no answer of DynamoDB's kind")
    while len(body) < int(length):
        body += _receive(connection)
    return int(status), body


def _receive(connection: socket.socket) -> bytes:
    data = connection.recv(_CHUNK)
    if not data:
        raise ConnectionError("closed in the place of an answer")
    return data


def _code(status: int, answer: bytes) -> str:
    """The name of the error in an answer."""
    try:
        kind = str(json.loads(answer)["__type"])
    except (KeyError, TypeError, ValueError):
        return f"HTTP {status}"
    return kind.rpartition("#")[2]
