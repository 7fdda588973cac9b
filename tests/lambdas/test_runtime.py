"""The functions of the bundle, as Lambda's own runtime client runs them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from directory.schema import tables
from infra.bundle import bundle
from lambdas.openapi.document import document
from tests.lambdas.conftest import FUNCTIONS, VARIABLES
from tests.lambdas.gateway import Gateway
from tests.lambdas.runtime_api import Function, RuntimeApi
from tests.ports import free_port

TABLE = VARIABLES[tables.EXTENSIONS.variable]


@pytest.fixture(scope="module")
def folder() -> Path:
    return bundle("host")


@pytest.fixture
def api() -> Iterator[RuntimeApi]:
    with RuntimeApi() as api:
        yield api


@pytest.fixture
def environment() -> dict[str, str]:
    """The variables of a function, with an AWS that can't be reached."""
    return {**VARIABLES, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}", "PYTHONDONTWRITEBYTECODE": "1"}


def record(image: dict[str, Any]) -> dict[str, Any]:
    return {
        "eventID": "e",
        "eventSourceARN": f"arn:aws:dynamodb:eu-central-1:123456789012:table/{TABLE}/stream/2024",
        "dynamodb": {"ApproximateCreationDateTime": 1.0, "SequenceNumber": "1", **image},
    }


@pytest.mark.parametrize("module", [*FUNCTIONS.values(), "key_rotation"])
def test_every_function_starts(api: RuntimeApi, folder: Path, environment: dict[str, str], module: str) -> None:
    with Function(api, folder, f"lambdas.functions.{module}.handler", environment) as function:
        assert api.wait_asked(), function.end()


def test_the_events_function(api: RuntimeApi, folder: Path, environment: dict[str, str]) -> None:
    """A record of nothing is no event. An unreadable record is an error when it is the first of a batch."""
    with Function(api, folder, "lambdas.functions.events.handler", environment) as function:
        assert api.invoke({"Records": [record({})]}) == ("response", {"batchItemFailures": []})
        secret = record({"NewImage": {"ha1": {"S": "the-ha1"}}})
        kind, error = api.invoke({"Records": [secret]})
        assert (kind, error["errorType"], error["errorMessage"]) == ("error", "UnpublishedError", "")
        assert api.invoke({"Records": [record({}), secret]}) == (
            "response",
            {"batchItemFailures": [{"itemIdentifier": "1"}]},
        )
        assert "the-ha1" not in json.dumps(error) + function.end()


def test_the_deliveries_function(api: RuntimeApi, folder: Path, environment: dict[str, str]) -> None:
    """A message that is no delivery, and one whose webhook can't be read."""
    message = {"customer_id": "c", "webhook_id": "w", "event": {"id": "e"}}
    records = [
        {"messageId": name, "receiptHandle": name, "body": body, "attributes": {"ApproximateReceiveCount": "1"}}
        for name, body in (("a", "{}"), ("b", json.dumps(message)))
    ]
    with Function(api, folder, "lambdas.functions.deliveries.handler", environment):
        assert api.invoke({"Records": records}) == (
            "response",
            {"batchItemFailures": [{"itemIdentifier": "a"}, {"itemIdentifier": "b"}]},
        )


def test_a_function_of_the_api(api: RuntimeApi, folder: Path, environment: dict[str, str]) -> None:
    gateway = Gateway({}, "abc123-def456")
    with Function(api, folder, "lambdas.functions.document.handler", environment):
        kind, answer = api.invoke(gateway.event("GET", "/openapi.json"))
        assert (kind, answer["statusCode"], json.loads(answer["body"])) == ("response", 200, document())
    with RuntimeApi() as other, Function(other, folder, "lambdas.functions.webhooks.handler", environment):
        kind, answer = other.invoke(gateway.event("GET", "/webhooks"))
        assert (kind, answer["statusCode"], json.loads(answer["body"])["code"]) == ("response", 503, "busy")


def test_a_function_without_a_variable(api: RuntimeApi, folder: Path, environment: dict[str, str]) -> None:
    del environment["DELIVERY_QUEUE"]
    with Function(api, folder, "lambdas.functions.deliveries.handler", environment):
        kind, error = api.wait_posted()
        assert (kind, error["errorType"]) == ("init/error", "KeyError")
        assert "DELIVERY_QUEUE" in error["errorMessage"]
