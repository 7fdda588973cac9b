"""Edges whose clocks are apart: a phone that moves between them registers all the same."""

from __future__ import annotations

import logging

import pytest

from sip_edge.auth.nonce import Nonces, stamp_of, time_of
from sip_edge.crypto.key_ring import NONCE_LIFETIME_S
from sip_edge.fleet.fleet_time import MOST_SKEW_S, FleetTime
from sip_edge.journal import Journal
from tests.sip_edge.caller import Caller
from tests.sip_edge.rig import DOMAIN, START, Phone, Rig, World, digest

PHONE = "198.51.100.9"
GREETED_S = 11


def two(ahead: float, alone: bool = False) -> tuple[Rig, Rig]:
    """An edge whose clock is so far ahead, and a slow one. They share a table, and a fleet unless `alone`."""
    world = World()
    fast, slow = (Rig(world, "" if alone else f"10.0.0.{n}:5070", seconds) for n, seconds in ((1, ahead), (2, 0.0)))
    fast.add_extension("alice")
    if fast.member and slow.member:
        fast.member.meet([slow.member.name])
        world.advance(GREETED_S)
    return fast, slow


def moved(phone: Phone, edge: Rig) -> Phone:
    """The same phone when its flow leads to another edge."""
    phone.rig = edge
    phone.flow = edge.flow(phone.flow.host, phone.flow.port)
    return phone


def tries(phone: Phone) -> int:
    """Returns the number of answers to challenges until the phone is registered."""
    challenge = phone.challenge()
    for count in range(1, 4):
        phone.rig.receive(phone.flow, phone.register_text(phone.credentials(challenge)))
        answer = phone.flow.take_response()
        if answer.status == 200:
            return count
        assert "stale=true" in answer.get("www-authenticate")
        challenge = answer.get("www-authenticate")
    raise AssertionError("never registered")


@pytest.mark.parametrize("ahead", [0.0, 1.0, 20.0, 29.0])
def test_a_phone_that_moves_to_a_slow_edge(ahead: float) -> None:
    fast, slow = two(ahead)
    phone = Phone(fast, "alice", fast.flow(PHONE))
    assert tries(phone) == 1
    reads = fast.store.reads
    assert tries(moved(phone, slow)) <= 2
    assert fast.store.reads - reads == 1  # what any edge reads of a phone that is new to it
    for edge in (fast, slow, fast, slow):
        assert tries(moved(phone, edge)) <= 2
    slow.advance(1.1)
    assert slow.attempts.written == {}


def test_the_fleet_goes_by_the_fastest_clock() -> None:
    fast, slow = two(20)
    fast.world.advance(GREETED_S)
    slow_phone = Phone(slow, "alice", slow.flow(PHONE))
    nonce = slow_phone.challenge().partition('nonce="')[2].partition('"')[0]
    assert time_of(nonce) > slow.now + 20 - GREETED_S
    fast.add_extension("bob")
    assert tries(Phone(slow, "bob", slow.flow(PHONE))) == 1


@pytest.mark.parametrize("ahead", [20.0, 40.0, 86_400.0])
def test_edges_without_a_channel_learn_from_the_address(ahead: float) -> None:
    fast, slow = two(ahead, alone=True)
    phone = Phone(fast, "alice", fast.flow(PHONE))
    assert tries(phone) == 1
    assert tries(moved(phone, slow)) == 2
    assert tries(phone) == (1 if ahead < MOST_SKEW_S else 2)


def test_a_call_tells_the_time_too() -> None:
    fast, slow = two(20, alone=True)
    assert tries(Phone(fast, "alice", fast.flow(PHONE))) == 1
    uri, caller = f"sip:bob@{DOMAIN}", Caller(slow, f"sip:alice@{DOMAIN}")
    caller.send("INVITE", uri)
    challenge = caller.flow.take_response().get("proxy-authenticate")
    caller.send("INVITE", uri, f"Proxy-Authorization: {digest(challenge, 'INVITE', uri, 'alice')}")
    nonce = Phone(slow, "alice").challenge().partition('nonce="')[2].partition('"')[0]
    assert time_of(nonce) >= slow.now + 19


def test_a_broken_clock_is_not_followed_and_is_named(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "sip_edge"):
        fast, slow = two(40)
    assert fast.member
    told = [record.__dict__["fields"] for record in caplog.records if record.message == "clock_ahead"]
    assert told[0] == {"seconds": 40, "where": fast.member.name}
    assert slow.journal.counts["clock_ahead"] == 1  # in eleven seconds of greetings
    assert slow.journal.counts["fleet_refused"] > 1
    assert fast.journal.counts["clock_ahead"] == 0
    nonce = Phone(slow, "alice").challenge().partition('nonce="')[2].partition('"')[0]
    assert time_of(nonce) <= slow.now
    fast.world.advance(60)
    assert slow.journal.counts["clock_ahead"] == 2


def test_a_repeated_datagram_says_nothing_about_clocks() -> None:
    world = World()
    kept: list[tuple[str, bytes]] = []
    edges = [Rig(world, f"10.0.0.{n}:5070") for n in (1, 2)]

    def keep(datagram: bytes) -> bool:
        kept.append(("10.0.0.2:5070", datagram))
        return True

    world.pass_datagram = keep
    assert edges[0].member
    assert edges[1].member
    edges[0].member.meet([edges[1].member.name])
    world.deliver()
    world.advance(MOST_SKEW_S + 5)
    world.datagrams.extend(kept)
    world.deliver()
    assert [edge.journal.counts["clock_ahead"] for edge in edges] == [0, 0]


def test_a_nonce_is_newer_than_a_watermark_however_far_that_is_ahead() -> None:
    nonces = Nonces(Rig().keys.nonces, NONCE_LIFETIME_S, FleetTime(Journal()))
    for ahead in (-1, 0, 10, 1e6):
        watermark = stamp_of(nonces.issue(START + ahead))
        nonce = nonces.issue(START, "", watermark)
        assert stamp_of(nonce) > watermark
        assert nonces.accepts(nonce, START)
    assert time_of(nonces.issue(START)) == START


def test_the_newest_time_stands_until_the_clock_has_passed_it() -> None:
    time = FleetTime(Journal())
    time.follow(START + 20, START, "an edge")
    assert [time.newest(START + later) - START for later in (0, 19, 21)] == [20, 20, 21]
    time.follow(START + 10, START, "an edge")
    assert time.newest(START) == START + 20
    time.follow(START + MOST_SKEW_S + 1, START, "an edge")
    assert time.newest(START) == START + 20


def test_the_greatest_skew_is_told_once() -> None:
    journal = Journal()
    time = FleetTime(journal)
    for ahead in (-50, 2, 3600, 7):
        time.follow(START + ahead, START, "an edge")
    assert [journal.take_clock_skew(), journal.take_clock_skew()] == [3600, 0]
