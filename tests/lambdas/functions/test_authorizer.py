"""The authorizer, as the gateway asks it."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from tests.lambdas.conftest import VARIABLES
from tests.lambdas.gateway import CONTEXT, Gateway

METHOD_ARN = "arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/live/GET/v1.0/extensions"


@pytest.fixture
def authorize(functions: dict[str, ModuleType]) -> Any:
    def authorize(headers: Any = None, query: Any = None) -> Any:
        event = {
            "type": "REQUEST",
            "methodArn": METHOD_ARN,
            "headers": headers,
            "queryStringParameters": query,
        }
        return functions[""].handler(event, CONTEXT)

    return authorize


@pytest.fixture
def key(customer: Gateway) -> dict[str, Any]:
    body: dict[str, Any] = customer.call("POST", "/accesskeys", {"name": "ci"}).body
    return body


def test_the_token_in_the_query(authorize: Any, key: dict[str, Any]) -> None:
    answer = authorize(query={"token": key["token"]})
    assert 0 < answer["context"].pop("calls_for_s") <= 60
    assert answer == {
        "principalId": key["customer_id"],
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Action": "execute-api:Invoke",
                    "Effect": "Allow",
                    "Resource": "arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/live/*",
                }
            ],
        },
        "context": {"customer_id": key["customer_id"], "access_key_id": key["id"], "calls_left": 2999},
        "usageIdentifierKey": VARIABLES["USAGE_KEY"],
    }


@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION"])
@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER  "])
def test_the_token_in_the_header(authorize: Any, key: dict[str, Any], name: str, scheme: str) -> None:
    headers = {"Host": "api", name: scheme + key["token"]}
    assert authorize(headers)["principalId"] == key["customer_id"]


def test_the_header_counts_when_there_are_both(authorize: Any, key: dict[str, Any]) -> None:
    header = {"Authorization": f"Bearer {key['token']}"}
    assert authorize(header, {"token": "other"})["principalId"] == key["customer_id"]
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        authorize({"Authorization": "Bearer other"}, {"token": key["token"]})


def test_a_header_of_another_scheme_does_not_count(authorize: Any, key: dict[str, Any]) -> None:
    assert authorize({"Authorization": "Basic eDp5"}, {"token": key["token"]})["principalId"] == key["customer_id"]


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        (None, None),
        ({}, {}),
        ({"Authorization": ""}, None),
        ({"Authorization": "Bearer"}, None),
        ({"Authorization": "Bearer "}, None),
        (None, {"token": ""}),
        (None, {"token": "wrong"}),
        (None, {"token": "x" * 8000}),
        (None, {"token": "\u00e9"}),
    ],
)
def test_no_token_that_is_known(authorize: Any, key: dict[str, Any], headers: Any, query: Any) -> None:
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        authorize(headers, query)


def test_a_token_without_its_scheme(authorize: Any, key: dict[str, Any]) -> None:
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        authorize({"Authorization": key["token"]})


def test_a_deleted_key_opens_nothing(authorize: Any, customer: Gateway, key: dict[str, Any]) -> None:
    customer.call("DELETE", f"/accesskeys/{key['id']}")
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        authorize(query={"token": key["token"]})


def test_an_expired_key_opens_nothing(authorize: Any, customer: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    token = customer.call("POST", "/accesskeys", {"name": "ci", "expires_in": 60}).body["token"]
    assert authorize(query={"token": token})
    monkeypatch.setattr("directory.api.access_keys.time.time", lambda: 2**40)
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        authorize(query={"token": token})
