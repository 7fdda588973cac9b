"""The rate limit of a customer, and the headers that tell it."""

from __future__ import annotations

from typing import Any

import pytest

from directory.api.usage import Usage
from lambdas.http import rate_limit
from tests import tables
from tests.lambdas.gateway import Answer, Gateway


def call(customer: Gateway, method: str, path: str, **authorized: Any) -> Answer:
    """A call of the customer's, of which the authorizer has said this besides whose it is."""
    event = customer.event(method, path)
    event["requestContext"]["authorizer"] |= authorized
    return customer.call(method, path, requestContext=event["requestContext"])


def test_what_an_authorizer_counts(client: Any) -> None:
    usage = Usage(client, tables.ENVIRONMENT)
    assert rate_limit.count(usage, "abc123-def456", 999_999_999.5) == {"calls_left": 2999, "calls_for_s": 21}
    assert rate_limit.count(usage, "abc123-def456", 1_000_000_019.9) == {"calls_left": 2998, "calls_for_s": 1}
    assert rate_limit.count(usage, "abc123-def456", 1_000_000_020.0) == {"calls_left": 2999, "calls_for_s": 60}


@pytest.mark.parametrize(("path", "status"), [("/extensions", 200), ("/extensions/no-such", 404)])
def test_every_answer_tells_what_is_left(customer: Gateway, path: str, status: int) -> None:
    # The gateway makes text of what an authorizer says.
    answer = call(customer, "GET", path, calls_left="17", calls_for_s="42")
    assert answer.status == status
    assert answer.headers["RateLimit-Policy"] == '"customer";q=3000;w=60'
    assert answer.headers["RateLimit"] == '"customer";r=17;t=42'


def test_the_last_call_and_one_too_many(customer: Gateway) -> None:
    assert call(customer, "GET", "/extensions", calls_left="0", calls_for_s="42").status == 200
    refused = call(customer, "GET", "/extensions", calls_left="-1", calls_for_s="42")
    assert (refused.status, refused.code) == (429, "too_many_requests")
    assert refused.headers["Retry-After"] == "42"
    assert refused.headers["RateLimit"] == '"customer";r=0;t=42'


def test_a_call_too_many_changes_nothing(customer: Gateway) -> None:
    made = customer.call(
        "POST", "/extensions", {"name": "Phone", "username": "office1", "password": "secure-password-123"}
    ).body
    refused = call(customer, "DELETE", f"/extensions/{made['id']}", calls_left="-1", calls_for_s="1")
    assert refused.status == 429
    assert customer.call("GET", f"/extensions/{made['id']}").status == 200


def test_operators_are_not_counted(operator: Gateway) -> None:
    assert "RateLimit" not in operator.call("GET", "/customers").headers
