"""The requests that one source has held leave places to others."""

from __future__ import annotations

import pytest

from sip_edge.guard.hold_limits import HoldLimits
from sip_edge.journal import Journal
from tests.sip_edge.caller import Caller, responses
from tests.sip_edge.rig import DOMAIN, FakeFlow, Phone, Rig


@pytest.fixture
def limits() -> HoldLimits:
    return HoldLimits(Journal())


@pytest.mark.parametrize(("transport", "most"), [("UDP", 30), ("TCP", 100), ("TLS", 100), ("WS", 100)])
def test_a_source_has_so_many_places(limits: HoldLimits, transport: str, most: int) -> None:
    places = [limits.take(FakeFlow(port=5000 + i, transport=transport)) for i in range(most)]
    assert all(places)
    assert not limits.take(FakeFlow(transport=transport))
    assert limits.take(FakeFlow("198.51.100.8", transport=transport))
    limits.free(places[0])
    assert limits.take(FakeFlow(transport=transport))
    assert not limits.take(FakeFlow(transport=transport))


def test_a_site_is_one_source(limits: HoldLimits) -> None:
    assert all(limits.take(FakeFlow(f"2001:db8::{i}")) for i in range(1, 31))
    assert not limits.take(FakeFlow("2001:db8::99"))


def test_sources_that_may_be_forged_share_a_part_of_the_places(limits: HoldLimits) -> None:
    assert all(limits.take(FakeFlow(f"203.0.113.{i}")) for i in range(250))
    assert all(limits.take(FakeFlow(f"203.0.112.{i}")) for i in range(50))
    assert not limits.take(FakeFlow("203.0.111.1"))
    assert limits.take(FakeFlow("203.0.111.1", transport="TCP"))


def test_a_proof_meanwhile_frees_the_place_that_was_taken(limits: HoldLimits) -> None:
    flow = FakeFlow()
    place = limits.take(flow)
    flow.validate_address()
    limits.free(place)
    assert all(limits.take(FakeFlow()) for _ in range(30))


def test_beyond_it_a_call_has_its_answer_at_once() -> None:
    rig = Rig()
    for i in range(32):
        rig.add_extension(f"bob{i}")
        phone = Phone(rig, f"bob{i}", rig.flow("198.51.100.9", 50000 + i, "TCP"))
        assert phone.register().status == 200
        rig.lose(phone.flow)
    stranger = rig.flow("203.0.113.66", 5060, "UDP")
    for i in range(32):
        Caller(rig, flow=stranger).send("INVITE", f"sip:bob{i}@{DOMAIN}")
    rig.advance(0.1)
    assert responses(stranger).count("480 Temporarily Unavailable") == 2
    other = Caller(rig)
    other.send("INVITE", f"sip:bob31@{DOMAIN}")
    rig.advance(0.1)
    assert responses(other.flow) == ["100 Trying"]
    rig.advance(10)
    Caller(rig, flow=stranger).send("INVITE", f"sip:bob31@{DOMAIN}")
    stranger.take()
    rig.advance(0.1)
    assert responses(stranger) == []
    assert rig.journal.counts["hold_refused"] == 2
