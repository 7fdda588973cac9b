"""A device's reachability: from its binding, and from the edges in the roster."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

from directory.edge.roster import Roster
from directory.schema.model import Binding
from tests import tables
from tests.lambdas.conftest import VARIABLES
from tests.lambdas.functions.test_extensions import NEW
from tests.lambdas.functions.test_registrations import DESK, HALL, bind
from tests.lambdas.gateway import Gateway

BASE = VARIABLES["BASE_DOMAIN"]
EDGE = "10.0.0.1:5070/0191e2a5c000"
NEXT_LIFE = "10.0.0.1:5070/0191e2a5c001"
OTHER_EDGE = "10.0.0.2:5070/0191e2a5c000"
ASLEEP = replace(HALL, is_pushed=True, asleep_since=1)
CONNECTIONS = [replace(HALL, transport=transport, edge=EDGE) for transport in ("TCP", "TLS", "WS", "WSS")]


def shown(client: Any, customer: Gateway, binding: Binding) -> set[str]:
    """The reachability of a device in every answer that shows it."""
    created = customer.call("POST", "/extensions", NEW).body
    bind(client, customer, binding)
    path = f"/extensions/{created['id']}"
    found = [
        *customer.call("GET", f"{path}/registrations").body["devices"],
        *customer.call("GET", path).body["registration"]["devices"],
        *customer.call("PUT", path, {}).body["registration"]["devices"],
        *customer.call("GET", "/extensions").body["result"][0]["registration"]["devices"],
        *customer.call("GET", "/extensions?username=office1").body["result"][0]["registration"]["devices"],
        *customer.call("GET", "/registrations").body["result"][0]["devices"],
        customer.call(
            "DELETE", f"{path}/registrations/{customer.call('GET', path).body['registration']['devices'][0]['id']}"
        ).body,
    ]
    assert len(found) == 7
    return {device["reachability"] for device in found}


@pytest.mark.parametrize("binding", [DESK, HALL, replace(DESK, edge=EDGE), replace(HALL, is_pushed=True)])
def test_a_device_is_reachable_as_far_as_the_edges_know(client: Any, customer: Gateway, binding: Binding) -> None:
    """An edge without a fleet has no entry, and over UDP every edge reaches a device."""
    assert shown(client, customer, binding) == {"reachable"}


@pytest.mark.parametrize("binding", CONNECTIONS)
def test_a_connection_is_reachable_while_its_edge_is_up(client: Any, customer: Gateway, binding: Binding) -> None:
    roster = Roster(client, tables.ENVIRONMENT, BASE)
    for edge in (OTHER_EDGE, EDGE):
        roster.enter(edge, time.time())
    assert shown(client, customer, binding) == {"reachable"}


@pytest.mark.parametrize("binding", CONNECTIONS)
@pytest.mark.parametrize("others", [(), (OTHER_EDGE,), (OTHER_EDGE, EDGE, NEXT_LIFE)])
def test_a_connection_dies_with_its_edge(
    client: Any, customer: Gateway, binding: Binding, others: tuple[str, ...]
) -> None:
    """Also with a former life of an edge that is up again."""
    roster = Roster(client, tables.ENVIRONMENT, BASE)
    for edge in others:
        roster.enter(edge, time.time())
    assert shown(client, customer, binding) == {"unreachable"}


def test_an_entry_that_has_expired_counts_for_nothing(client: Any, customer: Gateway) -> None:
    Roster(client, tables.ENVIRONMENT, BASE).enter(EDGE, time.time() - 1000)
    assert shown(client, customer, CONNECTIONS[0]) == {"unreachable"}


@pytest.mark.parametrize("binding", [ASLEEP, replace(ASLEEP, edge=EDGE), replace(CONNECTIONS[0], is_pushed=True)])
def test_a_device_that_a_push_wakes_is_asleep(client: Any, customer: Gateway, binding: Binding) -> None:
    assert shown(client, customer, binding) == {"asleep"}


def test_the_status_stays_as_it_is(client: Any, customer: Gateway) -> None:
    created = customer.call("POST", "/extensions", NEW).body
    bind(client, customer, ASLEEP, CONNECTIONS[0])
    found = customer.call("GET", f"/extensions/{created['id']}/registrations").body
    assert found["status"] == "registered"
    assert [device["reachability"] for device in found["devices"]] == ["asleep", "unreachable"]


def test_no_roster_is_read_for_devices_that_need_none(client: Any, customer: Gateway) -> None:
    client.delete_table(TableName=tables.ENVIRONMENT["EDGES_TABLE"])
    assert shown(client, customer, DESK) == {"reachable"}
