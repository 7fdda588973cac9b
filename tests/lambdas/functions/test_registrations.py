"""The function of registrations, behind a gateway in the process."""

from __future__ import annotations

import time
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from directory.schema import items
from directory.schema.model import Binding, registration_id
from tests.directory.rivals import before_next
from tests.lambdas.functions.test_extensions import NEW, UNKNOWN, address
from tests.lambdas.gateway import Gateway

DESK = Binding("sip:a@10.0.0.1", "1", 1, "f1", "e", "192.0.2.1:5060", "UDP", 1, 2**36)
HALL = Binding("sip:b@10.0.0.2", "2", 1, "f2", "e", "192.0.2.2:5060", "TCP", 1, 2**36)


@pytest.fixture
def path(client: Any, customer: Gateway) -> str:
    """Where the registrations of an extension with two devices are."""
    created = customer.call("POST", "/extensions", NEW).body
    bind(client, customer, DESK, HALL)
    return f"/extensions/{created['id']}/registrations"


def bind(client: Any, customer: Gateway, *bindings: Binding) -> None:
    """As an edge does it."""
    stored = address(client, customer)
    bound = stored.with_bindings(bindings, "stamp", stored.nc + 1)
    client.put_item(TableName="test-addresses", Item=items.address_item(bound))


def test_of_an_extension(client: Any, customer: Gateway, path: str) -> None:
    found = customer.call("GET", path).body
    assert found["status"] == "registered"
    assert [device["id"] for device in found["devices"]] == [registration_id(DESK), registration_id(HALL)]
    assert customer.call("GET", path.removesuffix("/registrations")).body["registration"] == found


def test_of_all_extensions(client: Any, customer: Gateway, other_customer: Gateway, path: str) -> None:
    other = customer.call("POST", "/extensions", NEW | {"username": "office2"}).body
    found = {of["username"]: of for of in customer.call("GET", "/registrations").body["result"]}
    assert found == {
        "office1": {"extension_id": path.split("/")[2], "username": "office1"} | customer.call("GET", path).body,
        "office2": {"extension_id": other["id"], "username": "office2", "status": "unregistered", "devices": []},
    }
    for status, username in (("registered", "office1"), ("unregistered", "office2")):
        page = customer.call("GET", f"/registrations?status={status}").body
        assert [of["username"] for of in page["result"]] == [username]
    assert other_customer.call("GET", "/registrations").body["result"] == []


def test_pages_are_those_of_extensions(customer: Gateway) -> None:
    for n in range(3):
        customer.call("POST", "/extensions", NEW | {"username": f"u{n}"})
    first = customer.call("GET", "/registrations?page_size=2").body
    second = customer.call("GET", f"/registrations?page_size=2&page_token={first['next_page_token']}").body
    assert {of["username"] for of in first["result"] + second["result"]} == {"u0", "u1", "u2"}
    assert second["next_page_token"] == ""


@pytest.mark.parametrize("query", ["status=x", "page_size=0", "page_token=x"])
def test_bad_parameters(customer: Gateway, query: str) -> None:
    assert customer.call("GET", f"/registrations?{query}").invalid == {query.split("=")[0]}


def test_take_one_off(client: Any, customer: Gateway, path: str) -> None:
    before, desk = address(client, customer), f"{path}/{registration_id(DESK)}"
    assert customer.call("DELETE", desk).body["contact"] == DESK.contact
    after = address(client, customer)
    # The nonces that were used up stay so, and every edge drops what it remembers.
    assert after == replace(before, bindings=(HALL,), version=before.version + 1)
    assert customer.call("DELETE", desk).code == "not_found"


def test_what_was_not_there(client: Any, customer: Gateway, other_customer: Gateway, path: str) -> None:
    bind(client, customer, replace(DESK, expires=int(time.time()) - 1))
    for name in (registration_id(DESK), registration_id(HALL), "x", "0" * 15):
        assert customer.call("DELETE", f"{path}/{name}").code == "not_found"
    bind(client, customer, DESK)
    for mine in (f"{path}/{registration_id(DESK)}", f"{UNKNOWN}/registrations/{registration_id(DESK)}"):
        assert other_customer.call("DELETE", mine).code == "not_found"
    assert other_customer.call("GET", path).code == "not_found"
    assert address(client, customer).bindings == (DESK,)


def test_an_edge_writes_meanwhile(functions: dict[str, ModuleType], client: Any, customer: Gateway, path: str) -> None:
    own_client = functions["registrations"]._registrations._client
    refreshed, happened = replace(DESK, cseq=2, expires=2**36 + 60), []

    def refresh() -> None:
        bind(client, customer, refreshed, HALL)
        happened.append(True)

    before_next(own_client, "before-call.dynamodb.UpdateItem", refresh)
    assert customer.call("DELETE", f"{path}/{registration_id(DESK)}").status == 200
    assert address(client, customer).bindings == (HALL,)
    assert happened
