from __future__ import annotations

from typing import Any

import pytest

from directory import items
from directory.reasons import EXPLANATIONS, Reason
from tests import tables
from tests.directory.test_attempts import attempt
from tests.lambdas.gateway import Gateway
from tests.rest.client import NEW, UNKNOWN_ID


def store(client: Any, *attempts: Any) -> None:
    for one in attempts:
        client.put_item(TableName=tables.ENVIRONMENT["ATTEMPTS_TABLE"], Item=items.attempt_item(one))


def test_an_attempt_comes_with_its_advice(client: Any, customer: Gateway) -> None:
    assert customer.customer_id
    store(client, attempt(customer.customer_id, count=3))
    (found,) = customer.call("GET", "/attempts").body["result"]
    assert found == {
        "username": "alice",
        "outcome": "refused",
        "reason": "wrong_password",
        "advice": EXPLANATIONS[Reason.WRONG_PASSWORD].advice,
        "source": "192.0.2.7:5060",
        "transport": "UDP",
        "user_agent": 'a "quoted" — agent',
        "call_id": "c",
        "count": 3,
        "tm_first": found["tm_first"],
        "tm_last": found["tm_first"],
    }


def test_those_of_an_extension(client: Any, customer: Gateway, other_customer: Gateway) -> None:
    assert customer.customer_id
    extension = customer.call("POST", "/extensions", NEW).body
    path = f"/extensions/{extension['id']}/attempts"
    store(
        client, *[attempt(customer.customer_id, n, name, n) for n, name in enumerate(("office1", "nobody", "office1"))]
    )
    assert [one["username"] for one in customer.call("GET", path).body["result"]] == ["office1", "office1"]
    page = customer.call("GET", f"{path}?page_size=1").body
    rest = customer.call("GET", f"{path}?page_token={page['next_page_token']}").body["result"]
    assert len(page["result"] + rest) == 2
    assert len(customer.call("GET", "/attempts").body["result"]) == 3
    assert other_customer.call("GET", "/attempts").body["result"] == []
    assert other_customer.call("GET", path).code == "not_found"
    assert customer.call("GET", f"/extensions/{UNKNOWN_ID}/attempts").code == "not_found"


@pytest.mark.parametrize("query", ["page_size=0", "page_token=x"])
def test_bad_parameters(customer: Gateway, query: str) -> None:
    assert customer.call("GET", f"/attempts?{query}").invalid == {query.partition("=")[0]}
