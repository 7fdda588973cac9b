"""The function of attempts, behind a gateway in the process."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from directory.schema import record_items
from directory.schema.reasons import EXPLANATIONS, Reason
from tests import tables
from tests.directory.test_attempts import attempt
from tests.lambdas.gateway import Gateway
from tests.rest.client import NEW, UNKNOWN_ID


def store(client: Any, *attempts: Any) -> None:
    for one in attempts:
        client.put_item(TableName=tables.ENVIRONMENT["ATTEMPTS_TABLE"], Item=record_items.attempt_item(one))


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
    names = enumerate(("office1", "nobody", "office1"))
    store(client, *[attempt(customer.customer_id, n, name, -1 - n) for n, name in names])  # since it was created
    assert [one["username"] for one in customer.call("GET", path).body["result"]] == ["office1", "office1"]
    page = customer.call("GET", f"{path}?page_size=1").body
    rest = customer.call("GET", f"{path}?page_token={page['next_page_token']}").body["result"]
    assert len(page["result"] + rest) == 2
    assert len(customer.call("GET", "/attempts").body["result"]) == 3
    assert other_customer.call("GET", "/attempts").body["result"] == []
    assert other_customer.call("GET", path).code == "not_found"
    assert customer.call("GET", f"/extensions/{UNKNOWN_ID}/attempts").code == "not_found"


def test_a_new_extension_of_an_old_name_has_no_attempts_of_the_old_one(client: Any, customer: Gateway) -> None:
    assert customer.customer_id
    old = customer.call("POST", "/extensions", NEW).body["id"]
    customer.call("DELETE", f"/extensions/{old}")
    before = attempt(customer.customer_id, 1, "office1", 0)
    new = customer.call("POST", "/extensions", NEW).body["id"]
    path = f"/extensions/{new}/attempts"
    by_then = attempt(customer.customer_id, 2, "office1", -1)
    # A clock that is ahead dates attempts of the old one after the creation of the new one.
    store(client, before, replace(by_then, extension_id=old))
    assert customer.call("GET", path).body["result"] == []
    store(client, replace(by_then, extension_id=new), attempt(customer.customer_id, 3, "office1", -1))
    assert len(customer.call("GET", path).body["result"]) == 2


def test_those_at_no_customers_domain_are_the_operators(client: Any, operator: Gateway, customer: Gateway) -> None:
    one = replace(attempt("registrar.voip.example", username="office1"), reason=Reason.WRONG_DOMAIN, is_unassigned=True)
    store(client, one, *[replace(one, at=f"{one.at[:-1]}{number}") for number in (1, 2)])
    page = operator.call("GET", "/attempts/unassigned?page_size=2").body
    rest = operator.call("GET", f"/attempts/unassigned?page_token={page['next_page_token']}").body
    assert len(page["result"] + rest["result"]) == 3
    found = page["result"][0]
    assert (found["username"], found["domain"]) == ("office1", "registrar.voip.example")
    assert (found["reason"], found["advice"]) == ("wrong_domain", EXPLANATIONS[Reason.WRONG_DOMAIN].advice)
    assert customer.call("GET", "/attempts").body["result"] == []


@pytest.mark.parametrize("query", ["page_size=0", "page_token=x"])
def test_bad_parameters(customer: Gateway, query: str) -> None:
    assert customer.call("GET", f"/attempts?{query}").invalid == {query.partition("=")[0]}
