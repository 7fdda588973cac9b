"""The function of wake-ups, behind a gateway in the process."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

from directory.schema import items, record_items
from directory.schema import tables as described
from directory.schema.model import Binding
from directory.schema.timestamps import timestamp
from directory.schema.wake_up_advice import ENDS, ENDS_WITHOUT_PUSH, REASONS, RESULTS
from tests import tables
from tests.directory.test_wake_ups import wake_up
from tests.lambdas.gateway import Gateway
from tests.rest.client import NEW, UNKNOWN_ID

SINCE_THEN = -1  # seconds of age: the extension was created before


def store(client: Any, *wake_ups: Any) -> None:
    for one in wake_ups:
        client.put_item(TableName=tables.ENVIRONMENT["WAKE_UPS_TABLE"], Item=record_items.wake_up_item(one, 0))


@pytest.fixture
def path(customer: Gateway) -> str:
    """The wake-ups of a new extension."""
    return f"/extensions/{customer.call('POST', '/extensions', NEW).body['id']}/wake-ups"


def test_a_wake_up_comes_with_its_advice(client: Any, customer: Gateway, path: str) -> None:
    assert customer.customer_id
    store(client, wake_up(customer.customer_id, 1, "office1", SINCE_THEN))
    (found,) = customer.call("GET", path).body["result"]
    assert found == {
        "at": found["at"],
        "cause": "call",
        "service": "apns",
        "app": "com.example.app",
        "push": "accepted",
        "reason": "",
        "end": "registered",
        "woke_after_ms": 4210,
        "call_id": "c",
        "count": 1,
        "advice": ENDS["registered"],
    }
    assert found["at"].endswith("Z") and len(found["at"]) == len("2024-01-15T10:30:00.123Z")


@pytest.mark.parametrize(
    ("push", "reason", "end", "advice"),
    [
        ("accepted", "", "unanswered", ENDS["unanswered"]),
        ("refused", "BadDeviceToken", "unanswered", REASONS["BadDeviceToken"]),
        ("refused", "BadDeviceToken", "registered", REASONS["BadDeviceToken"]),
        ("refused", "SomethingNew", "unanswered", RESULTS["refused"]),
        ("unregistered", "UNREGISTERED", "unanswered", REASONS["UNREGISTERED"]),
        ("unavailable", "HTTP502", "cancelled", RESULTS["unavailable"]),
        ("", "", "late", ENDS_WITHOUT_PUSH["late"]),
    ],
)
def test_the_advice_is_about_the_push_until_it_is_accepted(
    client: Any, customer: Gateway, path: str, push: str, reason: str, end: str, advice: str
) -> None:
    assert customer.customer_id
    one = wake_up(customer.customer_id, 0, "office1", SINCE_THEN)
    store(client, replace(one, push=push, reason=reason, end=end))
    (found,) = customer.call("GET", path).body["result"]
    assert (found["push"], found["reason"], found["end"], found["advice"]) == (push, reason, end, advice)
    assert "woke_after_ms" not in found


def test_pages_and_owners(client: Any, customer: Gateway, other_customer: Gateway, path: str) -> None:
    assert customer.customer_id
    store(client, *[wake_up(customer.customer_id, n, "office1", -1 - n) for n in range(3)])
    store(client, wake_up(customer.customer_id, 4, "another", SINCE_THEN))
    page = customer.call("GET", f"{path}?page_size=2").body
    rest = customer.call("GET", f"{path}?page_token={page['next_page_token']}").body["result"]
    listed = [one["at"] for one in page["result"] + rest]
    assert len(listed) == 3
    assert listed == sorted(listed, reverse=True)
    assert other_customer.call("GET", path).code == "not_found"
    assert customer.call("GET", f"/extensions/{UNKNOWN_ID}/wake-ups").code == "not_found"


def test_a_new_extension_of_an_old_name_has_no_wake_ups_of_the_old_one(
    client: Any, customer: Gateway, path: str
) -> None:
    assert customer.customer_id
    store(client, wake_up(customer.customer_id, 0, "office1", 60))
    assert customer.call("GET", path).body["result"] == []


@pytest.mark.parametrize("query", ["page_size=0", "page_token=x"])
def test_bad_parameters(customer: Gateway, path: str, query: str) -> None:
    assert customer.call("GET", f"{path}?{query}").invalid == {query.partition("=")[0]}


def register(client: Any, customer: Gateway, username: str, *, is_pushed: bool, expires: float) -> None:
    """Put a device into the address of an extension."""
    key = {"aor": {"S": f"{username}@{customer.customer_id}"}}
    table = tables.ENVIRONMENT["ADDRESSES_TABLE"]
    address = items.address(client.get_item(TableName=table, Key=key)["Item"])
    uri = f"sip:{username}@192.0.2.1"
    binding = Binding(uri, "c", 1, "flow", "edge", "192.0.2.1:5060", "TLS", 1, int(expires), is_pushed=is_pushed)
    stored = address.with_bindings((*address.bindings, binding), "", 0)
    client.put_item(TableName=table, Item=items.address_item(stored))


def test_an_edge_is_asked_for_a_test_and_once_in_a_while(
    client: Any, customer: Gateway, other_customer: Gateway, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = path.replace("wake-ups", "wake-up-test")
    assert customer.call("POST", test, {}).code == "no_device_to_wake"
    register(client, customer, "office1", is_pushed=False, expires=2**40)
    register(client, customer, "office1", is_pushed=True, expires=time.time() - 1)
    assert customer.call("POST", test, {}).code == "no_device_to_wake"
    assert "wake_up_tests" not in str(tables.contents(client, described.SWITCHES))
    register(client, customer, "office1", is_pushed=True, expires=2**40)
    asked = customer.call("POST", test, {})
    assert (asked.status, asked.body["devices"]) == (200, 1)
    assert asked.body["tm_end"] > timestamp()
    (switches,) = tables.contents(client, described.SWITCHES)
    assert switches["wake_up_tests"] == {"SS": [f"office1@{customer.customer_id}"]}
    again = customer.call("POST", test, {})
    assert (again.status, again.code) == (429, "too_many_requests")
    assert int(again.headers["Retry-After"]) > 30
    later = time.time() + int(again.headers["Retry-After"])
    monkeypatch.setattr("lambdas.functions.wake_ups.time.time", lambda: later)
    assert customer.call("POST", test, {}).status == 200
    assert other_customer.call("POST", test, {}).code == "not_found"
    assert customer.call("POST", f"/extensions/{UNKNOWN_ID}/wake-up-test", {}).code == "not_found"
    assert customer.call("POST", test, {"more": 1}).invalid == {"#/more"}


def test_a_repeated_call_asks_once(client: Any, customer: Gateway, path: str) -> None:
    register(client, customer, "office1", is_pushed=True, expires=2**40)
    test = path.replace("wake-ups", "wake-up-test")
    headers = {"content-type": "application/json", "idempotency-key": "a"}
    first, second = (customer.call("POST", test, {}, headers=headers) for _ in range(2))
    assert first.body == second.body
