"""A registration that just ends is taken out of its address, so that an event can tell."""

from __future__ import annotations

import sys

import pytest

from directory.schema.model import Binding
from sip_edge.location.address_cache import AddressCache
from sip_edge.registrar.bindings.address_updates import AddressUpdates
from sip_edge.registrar.bindings.removal import Removals
from sip_edge.registrar.reachability.closed_connections import ClosedConnections
from sip_edge.registrar.reachability.expiry import GRACE_S, Expiry
from sip_edge.registrar.reachability.keepalives import Keepalives
from tests.sip_edge.rig import EDGE, Phone, Rig


@pytest.fixture
def rig() -> Rig:
    rig = Rig()
    rig.add_extension("alice", max_devices=2)
    return rig


def bindings(rig: Rig) -> tuple[Binding, ...]:
    return rig.address("alice").bindings


def test_it_is_taken_out_soon_after_its_end(rig: Rig) -> None:
    assert Phone(rig, "alice").register("Expires: 60").status == 200
    rig.advance(60 + GRACE_S - 1)
    assert len(bindings(rig)) == 1
    rig.advance(12)
    assert bindings(rig) == ()
    assert rig.journal.counts["unregistered"] == 1


def test_a_refresh_costs_no_more_than_itself(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    for _ in range(5):
        assert phone.register("Expires: 60").status == 200
        rig.advance(50)
    assert (rig.store.reads, rig.store.writes) == (1, 5)
    assert len(bindings(rig)) == 1


def test_only_the_device_that_is_over_goes(rig: Rig) -> None:
    assert Phone(rig, "alice").register("Expires: 60").status == 200
    second = Phone(rig, "alice")
    assert second.register("Expires: 600").status == 200
    rig.advance(80)
    assert [binding.call_id for binding in bindings(rig)] == [second.call_id]


def test_one_that_went_on_elsewhere_stays(rig: Rig) -> None:
    assert Phone(rig, "alice").register("Expires: 60").status == 200
    address = rig.address("alice")
    (binding,) = address.bindings
    moved = Binding(
        "sip:alice@elsewhere", binding.call_id, 99, "TCP/9", "other", "192.0.2.3:1", "TCP", 1, 2_000_000_000
    )
    rig.store.addresses[address.aor] = address.with_bindings((moved,), address.nonce, address.nc)
    rig.advance(80)
    assert bindings(rig) == (moved,)


def test_what_was_unregistered_is_over_already(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    phone.register("Expires: 60")
    phone.register("Expires: 0")
    writes = rig.store.writes
    rig.advance(100)
    assert rig.store.writes == writes


def test_an_outage_leaves_it_for_the_next_write(rig: Rig) -> None:
    assert Phone(rig, "alice").register("Expires: 60").status == 200
    rig.store.outage = True
    rig.advance(80)
    rig.store.outage = False
    assert len(bindings(rig)) == 1
    assert Phone(rig, "alice").register().status == 200
    assert len(bindings(rig)) == 1


def test_an_address_is_remembered_once_however_often_it_is_refreshed(rig: Rig) -> None:
    removals = Removals(AddressUpdates(rig.store, AddressCache(), lambda: rig.now), rig.journal)
    closed_connections, keepalives = ClosedConnections(removals), Keepalives(rig.timers, rig.now)
    expiries = Expiry(removals, keepalives, closed_connections, rig.timers, rig.now)
    binding = Binding("sip:a@b", "1", 1, "UDP/192.0.2.9:5060", EDGE, "192.0.2.9:5060", "UDP", 1, 0)
    sizes = []
    for refresh in range(2000):
        binding.expires = int(rig.now) + 60 + refresh % 7000
        expiries.note("alice", [binding])
        sizes.append(_size(expiries))
    assert max(sizes) <= sizes[0] + 100  # numbers and texts of other lengths
    expiries.note("alice", [])
    assert len(expiries) == 0
    assert _size(expiries) < sizes[0]


def test_registering_and_unregistering_from_new_ports_leaves_nothing(rig: Rig) -> None:
    for _ in range(20):
        phone = Phone(rig, "alice")
        assert phone.register().status == 200
        assert rig.edge.registrations == 1
        assert phone.register("Expires: 0").status == 200
    rig.advance(30)
    assert rig.edge.registrations == 0


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_a_device_that_moves_leaves_no_flow_behind(rig: Rig, transport: str) -> None:
    phone = Phone(rig, "alice", rig.flow(port=6000, transport=transport))
    for port in range(6001, 6020):
        assert phone.register().status == 200
        left, phone.flow = phone.flow, rig.flow(port=port, transport=transport)
        assert phone.register().status == 200
        assert rig.edge.registrations == 1
        assert not left.kept


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_a_line_that_unregisters_leaves_the_flow_to_the_other_line(rig: Rig, transport: str) -> None:
    rig.add_extension("bob")
    flow = rig.flow(transport=transport)
    first, second = Phone(rig, "alice", flow), Phone(rig, "bob", flow)
    assert first.register().status == second.register().status == 200
    assert first.register("Expires: 0").status == 200
    rig.advance(60)
    if transport == "UDP":
        assert flow.keepalives >= 2
    else:
        assert flow.kept
        rig.lose(flow)
    assert len(rig.address("bob").bindings) == (transport == "UDP")


def test_a_line_that_expires_leaves_the_connection_to_the_other_line(rig: Rig) -> None:
    rig.add_extension("bob")
    flow = rig.flow(transport="TCP")
    assert Phone(rig, "alice", flow).register("Expires: 60").status == 200
    assert Phone(rig, "bob", flow).register("Expires: 600").status == 200
    rig.advance(80)
    assert (rig.edge.registrations, flow.kept) == (1, True)
    rig.advance(600)
    assert (rig.edge.registrations, flow.kept) == (0, False)


def test_a_clock_that_is_set_back_delays_ends_and_loses_none(rig: Rig) -> None:
    rig.advance(4000)
    rig.now -= 3600
    assert Phone(rig, "alice").register("Expires: 60").status == 200
    for _ in range(4000 // 50):
        rig.now += 50
        rig.timers.advance(rig.now)
        rig.deliver()
    assert bindings(rig) == ()


def _size(expiries: Expiry) -> int:
    """Returns the bytes of all that an object holds, other parts of the edge left out."""
    seen: set[int] = set()
    waiting: list[object] = [expiries._held, expiries._buckets]
    total = 0
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        total += sys.getsizeof(thing)
        if isinstance(thing, dict):
            waiting += [*thing.keys(), *thing.values()]
        elif isinstance(thing, set | tuple):
            waiting += thing
    return total
