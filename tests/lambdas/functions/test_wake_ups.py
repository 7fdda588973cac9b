"""The function of wake-ups, behind a gateway in the process."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from directory.schema import record_items
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
