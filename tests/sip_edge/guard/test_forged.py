"""Datagrams in the name of a victim: they are told nothing, and spend nothing that the victim needs."""

from __future__ import annotations

import pytest

from sip_edge.guard.guard import FAILURES, FAILURES_OF_A_HOST
from sip_edge.message.message import Response
from tests.sip_edge.caller import Caller, responses
from tests.sip_edge.rig import CUSTOMER, DOMAIN, FakeFlow, Phone, Rig, digest

VICTIM = "198.51.100.7"
ATTACKER = "203.0.113.66"
WRONG = "wrong wrong wrong"
HOSTS = pytest.mark.parametrize("host", [VICTIM, "2001:db8:7:7::7", "::ffff:198.51.100.7"])


@pytest.fixture
def rig() -> Rig:
    rig = Rig()
    for username in ("alice", "bob"):
        rig.add_extension(username)
    return rig


def fetched(rig: Rig, host: str = ATTACKER) -> str:
    """A challenge that an attacker has asked for openly."""
    return Phone(rig, "alice", rig.flow(host, 6666)).challenge()


def forge(rig: Rig, challenge: str, host: str, port: int, username: str = "alice", to: str = "") -> Response:
    """A REGISTER with a wrong password whose datagram names a source that has not sent it; what that source gets."""
    forged = FakeFlow(host, port)
    phone = Phone(rig, username, forged, WRONG)
    rig.receive(forged, phone.register_text(phone.credentials(challenge), to=to or None))
    return forged.take_response()


@HOSTS
@pytest.mark.parametrize("transport", ["UDP", "TCP", "TLS", "WS", "WSS"])
def test_a_victim_registers_at_the_first_try(rig: Rig, host: str, transport: str) -> None:
    challenge = fetched(rig)
    for port in range(5000, 5100):
        for _ in range(FAILURES):
            assert "stale=true" in forge(rig, challenge, host, port).get("www-authenticate")
        victim = Phone(rig, "alice", rig.flow(host, port, transport))
        victim.call_id = "the victim's"
        assert victim.register().status == 200
        assert victim.register("Expires: 0").status == 200  # the next try is no refresh
    assert rig.journal.counts["limited"] == 0
    rig.advance(1.1)
    assert rig.attempts.written == {}


def test_the_password_is_not_looked_at(rig: Rig) -> None:
    """Nothing tells a right password from a wrong one, nor an existing username from another."""
    challenge, said = fetched(rig), set()
    thief = Phone(rig, "alice", FakeFlow(VICTIM, 5060))
    rig.receive(thief.flow, thief.register_text(thief.credentials(challenge)))
    said.add(len(thief.flow.take_response().encode()))
    elsewhere = f"sip:alice@{'z' * len(CUSTOMER)}.registrar.voip.example"
    for username, to in (("alice", ""), ("nobod", ""), ("alice", elsewhere)):
        said.add(len(forge(rig, challenge, VICTIM, 5060, username, to).encode()))
    assert len(said) == 1
    assert (rig.store.reads, rig.store.writes, len(rig.edge._transactions)) == (0, 0, 0)


def test_a_nonce_is_good_for_all_ports_of_its_source_at_every_edge() -> None:
    here = Rig()
    elsewhere = Rig(here.world)
    here.add_extension("alice")
    phone = Phone(here, "alice", here.flow(VICTIM, 5060))
    authorization = phone.credentials(phone.challenge())
    moved = elsewhere.flow(VICTIM, 6000)
    elsewhere.receive(moved, phone.register_text(authorization))
    assert moved.take_response().status == 200


def test_a_phone_whose_address_changes_is_challenged_once_more(rig: Rig) -> None:
    phone = Phone(rig, "alice", rig.flow(VICTIM, 5060))
    challenge = phone.challenge()
    phone.flow = rig.flow("198.51.100.99", 5060)
    rig.receive(phone.flow, phone.register_text(phone.credentials(challenge)))
    stale = phone.flow.take_response()
    assert "stale=true" in stale.get("www-authenticate")
    rig.receive(phone.flow, phone.register_text(phone.credentials(stale.get("www-authenticate"))))
    assert phone.flow.take_response().status == 200


def test_forged_calls_spend_nothing_of_the_victims() -> None:
    rig = Rig(max_calls_per_second=2)
    for username in ("alice", "bob"):
        rig.add_extension(username)
    bob = Phone(rig, "bob", rig.flow("192.0.2.99", 5060))
    assert bob.register().status == 200
    uri = f"sip:bob@{DOMAIN}"
    for n in range(FAILURES_OF_A_HOST + 10):
        Caller(rig, flow=FakeFlow(VICTIM, 5060)).send("INVITE", f"sip:nobody{n}@{DOMAIN}")
        Caller(rig, flow=FakeFlow(VICTIM, 5060)).send("INVITE", uri)
        forged = Caller(rig, f"sip:alice@{DOMAIN}", FakeFlow(VICTIM, 5060))
        forged.send("INVITE", uri, f"Proxy-Authorization: {digest(fetched(rig), 'INVITE', uri, 'alice', WRONG)}")
    bob.flow.take()
    assert rig.journal.counts["shed_calls"] > 0  # datagrams that prove nothing are limited all the same
    alice = Phone(rig, "alice", rig.flow(VICTIM, 5060))
    assert alice.register().status == 200
    call = Caller(rig, f"sip:alice@{DOMAIN}", rig.flow(VICTIM, 5060))
    call.send("INVITE", uri)
    challenge = call.flow.take_response().get("proxy-authenticate")
    call.send("INVITE", uri, f"Proxy-Authorization: {digest(challenge, 'INVITE', uri, 'alice')}")
    assert responses(call.flow) == ["100 Trying"]
    stranger = Caller(rig, flow=rig.flow(VICTIM, 40_000, "TCP"))
    stranger.send("INVITE", uri)
    assert responses(stranger.flow) == ["100 Trying"]


@pytest.mark.parametrize(("neighbour", "is_one"), [("2001:db8:1:2:ffff::9", True), ("2001:db8:1:3::1", False)])
def test_a_subscribers_network_is_one_source(rig: Rig, neighbour: str, is_one: bool) -> None:
    """It has 2^64 addresses: each of them is the same guesser."""
    for n in range(FAILURES):
        guesser = Phone(rig, "alice", rig.flow(f"2001:db8:1:2::{n + 1:x}", 5060), WRONG)
        assert guesser.register().status == 407
    phone = Phone(rig, "alice", rig.flow(neighbour, 5060), WRONG)
    rig.receive(phone.flow, phone.register_text(phone.credentials(phone.challenge())))
    assert bool(phone.flow.take()) is not is_one
    rig.advance(1.1)
    sources = [attempt.source for attempt in rig.attempts.written.values() if attempt.reason == "wrong_password"]
    assert len(sources) == (1 if is_one else 2)


def test_a_subscribers_network_has_one_budget_of_calls() -> None:
    rig = Rig(max_calls_per_second=2)
    for n in range(20):
        caller = Caller(rig, flow=rig.flow(f"2001:db8:1:2::{n + 1:x}", 5060, "TCP"))
        caller.send("INVITE", f"sip:bob@{DOMAIN}")
    assert rig.journal.counts["shed_calls"] == 12


def test_a_phone_makes_its_subscribers_network_welcome(rig: Rig) -> None:
    assert Phone(rig, "alice", rig.flow("2001:db8:1:2::1", 5060)).register().status == 200
    caller = Caller(rig, flow=rig.flow("2001:db8:1:2::2", 5060))
    caller.send("INVITE", "sip:x@elsewhere.example")
    assert responses(caller.flow) == ["403 Forbidden"]
