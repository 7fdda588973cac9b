"""Errors of functions are answered with problems, and logged."""

from __future__ import annotations

import io
import json
from http import HTTPStatus
from types import ModuleType
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from directory.errors import ContentionError, DirectoryError
from lambdas.problem import Problem, RefusedError
from tests.lambdas.gateway import CONTEXT, REQUEST_ID, Answer, Gateway


def failure(functions: dict[str, ModuleType], monkeypatch: pytest.MonkeyPatch, error: Exception) -> Answer:
    """The answer when the directory fails with an error."""

    def fail(*_: Any) -> Any:
        raise error

    monkeypatch.setattr("directory.api.extensions.Extensions.page", fail)
    return Gateway(functions, "abc123-def456").call("GET", "/extensions")


@pytest.mark.parametrize(
    "error",
    [
        ContentionError("x"),
        ClientError({"Error": {"Code": "ThrottlingException"}}, "Query"),
        ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, "Query"),
        ClientError({"Error": {"Code": "InternalServerError"}}, "Query"),
        ReadTimeoutError(endpoint_url="https://dynamodb"),
        EndpointConnectionError(endpoint_url="https://dynamodb"),
    ],
)
def test_busy(functions: dict[str, ModuleType], monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    answer = failure(functions, monkeypatch, error)
    assert (answer.status, answer.code, answer.headers["Retry-After"]) == (503, "busy", "1")
    assert "dynamodb" not in json.dumps(answer.body).lower()


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("inner secret"),
        KeyError("inner secret"),
        DirectoryError("inner secret"),
        ClientError({"Error": {"Code": "ValidationException", "Message": "inner secret"}}, "Query"),
    ],
)
def test_unforeseen(
    functions: dict[str, ModuleType],
    monkeypatch: pytest.MonkeyPatch,
    logged: io.StringIO,
    error: Exception,
) -> None:
    answer = failure(functions, monkeypatch, error)
    assert (answer.status, answer.code) == (500, "internal_error")
    assert "inner secret" not in json.dumps(answer.body)
    [line] = [line for line in map(json.loads, logged.getvalue().splitlines()) if line["level"] == "ERROR"]
    assert line["message"] == "internal_error"
    assert line["request_id"] == line["correlation_id"] == REQUEST_ID
    assert line["function_request_id"] == CONTEXT.aws_request_id
    assert "inner secret" in line["exception"]


def test_a_refusal_shows_only_its_code() -> None:
    error = RefusedError(Problem(HTTPStatus.NOT_FOUND, "not_found", "x"))
    assert str(error) == "not_found"


@pytest.mark.parametrize(
    ("path", "outcome"), [("/extensions", "Answered"), ("/extensions/x", "Refused"), ("/extensions/x/y", "Refused")]
)
def test_every_call_is_counted(customer: Gateway, capsys: pytest.CaptureFixture[str], path: str, outcome: str) -> None:
    capsys.readouterr()
    customer.call("GET", path)
    [line] = map(json.loads, capsys.readouterr().out.splitlines())
    assert line[outcome] == [1.0]
    assert line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "SipExtensions"
    assert line["service"] == "rest"
