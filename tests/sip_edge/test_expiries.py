"""A registration that just ends is taken out of its address, so that an event can tell."""

from __future__ import annotations

import pytest

from directory.model import Binding
from sip_edge.registrar.expiries import GRACE_S
from tests.sip_edge.rig import Phone, Rig


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
