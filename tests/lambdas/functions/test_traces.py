"""The function of traces, behind a gateway in the process."""

from __future__ import annotations

import time
from typing import Any

import pytest

from directory.schema import items, record_items
from directory.schema.records import TRACED_KEPT_S, TracedMessage
from directory.schema.tables import ALL, SWITCHES
from directory.schema.timestamps import precise_timestamp
from tests import tables
from tests.lambdas.gateway import Gateway
from tests.rest.client import NEW, UNKNOWN_ID


def path_of(customer: Gateway, username: str = "office1") -> str:
    extension = customer.call("POST", "/extensions", NEW | {"username": username}).body
    return f"/extensions/{extension['id']}/trace"


def store(client: Any, customer: Gateway, *passed: float, username: str = "office1") -> None:
    for number, when in enumerate(passed):
        at = f"{precise_timestamp(when)}#{number:014x}"
        message = TracedMessage(f"{username}@{customer.customer_id}", at, "sent", "192.0.2.7:5060", "UDP", str(number))
        client.put_item(TableName=tables.ENVIRONMENT["TRACES_TABLE"], Item=record_items.traced_item(message, when))


def switched(client: Any) -> dict[str, int]:
    (item,) = tables.contents(client, next(table for table in ALL if table.name == "switches"))
    return dict(items.switches(item).traces)


def test_it_is_switched_on_for_a_time_and_off(client: Any, customer: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    path = path_of(customer)
    monkeypatch.setattr("lambdas.functions.traces.time.time", lambda: 2_000_000_000.7)
    assert customer.call("PUT", path, {"for_seconds": 60}).body == {"tm_until": "2033-05-18T03:34:20Z"}
    assert switched(client) == {f"office1@{customer.customer_id}": 2_000_000_060}
    assert customer.call("PUT", path, {"for_seconds": 0}).body == {"tm_until": ""}
    assert switched(client) == {}


def test_the_direct_address_that_it_has_is_followed(client: Any, customer: Gateway) -> None:
    extension = customer.call("POST", "/extensions", NEW | {"direct": True}).body
    customer.call("PUT", f"/extensions/{extension['id']}/trace", {"for_seconds": 60})
    (item,) = tables.contents(client, SWITCHES)
    assert items.switches(item).direct_traces == {extension["direct_hash"]: f"office1@{customer.customer_id}"}


def test_the_log_level_and_the_traces_are_left_to_each_other(client: Any, customer: Gateway, operator: Gateway) -> None:
    path = path_of(customer)
    operator.call("PUT", "/edges", {"log_level": "DEBUG", "for_seconds": 60})
    customer.call("PUT", path, {"for_seconds": 60})
    assert operator.call("GET", "/edges").body["log_level"] == "DEBUG"
    operator.call("PUT", "/edges", {"log_level": "DEBUG", "for_seconds": 0})
    assert len(switched(client)) == 1


def test_the_messages_come_oldest_first_and_page_by_page(client: Any, customer: Gateway) -> None:
    path, now = path_of(customer), time.time() + 4  # all messages are of this extension
    store(client, customer, now - TRACED_KEPT_S - 5, now - 3, now - 2, now - 1)
    found = customer.call("GET", path).body["result"]
    assert [message["text"] for message in found] == ["1", "2", "3"]
    assert found[0] == {
        "time": precise_timestamp(now - 3),
        "direction": "sent",
        "source": "192.0.2.7:5060",
        "transport": "UDP",
        "text": "1",
    }
    page = customer.call("GET", f"{path}?page_size=2").body
    rest = customer.call("GET", f"{path}?page_token={page['next_page_token']}").body
    assert page["result"] + rest["result"] == found
    assert rest["next_page_token"] == ""


def test_only_ones_own(client: Any, customer: Gateway, other_customer: Gateway) -> None:
    path = path_of(customer)
    for method, body in (("PUT", {"for_seconds": 1}), ("GET", None)):
        assert other_customer.call(method, path, body).code == "not_found"
        assert customer.call(method, f"/extensions/{UNKNOWN_ID}/trace", body).code == "not_found"
    store(client, other_customer, time.time())
    assert customer.call("GET", path).body["result"] == []


def test_a_few_at_a_time(customer: Gateway, other_customer: Gateway, operator: Gateway) -> None:
    paths = [path_of(customer, f"phone{number}") for number in range(4)]
    on, off = {"for_seconds": 60}, {"for_seconds": 0}
    assert [customer.call("PUT", path, on).status for path in paths] == [200, 200, 200, 409]
    assert customer.call("PUT", paths[3], on).code == "too_many_traces"
    assert customer.call("PUT", paths[3], off).status == 200
    assert customer.call("PUT", paths[0], on).status == 200  # goes on for longer
    assert other_customer.call("PUT", path_of(other_customer), on).status == 200
    assert customer.call("PUT", paths[0], off).status == 200
    assert customer.call("PUT", paths[3], on).status == 200


def test_those_that_have_ended_leave_room(
    client: Any, customer: Gateway, other_customer: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = tables.ENVIRONMENT["SWITCHES_TABLE"]
    now = int(time.time())
    for ends, status in ((now + 60, 409), (now - 1, 200)):
        traces = {f"a@{number:06}-{number:06}": ends for number in range(10)}
        key = {"name": items.text("edges")}
        client.put_item(TableName=name, Item=key | {"traces": items.text(items.traces_text(traces))})
        assert customer.call("PUT", path_of(customer, f"phone{status}"), {"for_seconds": 60}).status == status
    assert len(switched(client)) == 1


@pytest.mark.parametrize("seconds", [-1, 901, "60", 1.5, None])
def test_a_bad_time(customer: Gateway, seconds: object) -> None:
    assert customer.call("PUT", path_of(customer), {"for_seconds": seconds}).invalid == {"#/for_seconds"}


@pytest.mark.parametrize("query", ["page_size=0", "page_token=x"])
def test_bad_parameters(customer: Gateway, query: str) -> None:
    assert customer.call("GET", f"{path_of(customer)}?{query}").invalid == {query.partition("=")[0]}


def test_a_new_extension_of_an_old_name_has_no_messages_of_the_old_one(client: Any, customer: Gateway) -> None:
    old = path_of(customer)
    store(client, customer, time.time() + 0.001)
    assert len(customer.call("GET", old).body["result"]) == 1
    customer.call("DELETE", old.removesuffix("/trace"))
    time.sleep(0.005)  # milliseconds tell the two apart, within one second too
    new = path_of(customer)
    assert customer.call("GET", new).body == {"result": [], "next_page_token": ""}
    store(client, customer, time.time() + 1)
    assert len(customer.call("GET", new).body["result"]) == 1
