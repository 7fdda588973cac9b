"""The credentials that count when a request has several, and the use of each nonce count."""

from __future__ import annotations

import pytest

from sip_edge.auth.nonce import Nonces
from sip_edge.auth.nonce_counts import NonceCounts
from sip_edge.crypto.key_ring import NONCE_LIFETIME_S
from tests.sip_edge.caller import Caller, responses
from tests.sip_edge.rig import DOMAIN, START, FakeFlow, Phone, Rig, digest

BOB = f"sip:bob@{DOMAIN}"
OLD = 'nonce="of long ago"'
UNREADABLE = 'Digest realm="voip.example", username="'
OVER = pytest.mark.parametrize("transport", ["UDP", "TCP", "TLS", "WS", "WSS"])


@pytest.fixture
def rig() -> Rig:
    rig = Rig()
    rig.add_extension("alice")
    rig.add_extension("bob")
    return rig


def others(phone: Phone) -> dict[str, str]:
    """Credentials that may stand beside good ones, by what is wrong with them."""
    return {
        "stale": phone.credentials(OLD).partition(": ")[2],
        "of another realm": digest(OLD, "REGISTER", f"sip:{DOMAIN}", "alice", realm="elsewhere"),
        "of another name": digest(OLD, "REGISTER", f"sip:{DOMAIN}", "somebody"),
        "of another algorithm": phone.credentials(OLD).partition(": ")[2].replace("MD5", "SHA-256"),
        "of another scheme": "Basic YWxpY2U6YWxpY2U=",
        "unreadable": UNREADABLE,
        "empty": "",
    }


@pytest.mark.parametrize("other", others(Phone(Rig(), "alice")).keys())
@pytest.mark.parametrize("headers", ["Authorization Authorization", "Authorization Proxy-Authorization"])
@pytest.mark.parametrize("first", [True, False], ids=["first", "last"])
def test_the_good_ones_count_wherever_they_stand(rig: Rig, other: str, headers: str, first: bool) -> None:
    phone = Phone(rig, "alice")
    good = phone.credentials(phone.challenge()).partition(": ")[2]
    values = (good, others(phone)[other])
    lines = [f"{name}: {value}" for name, value in zip(headers.split(), values if first else values[::-1], strict=True)]
    rig.receive(phone.flow, phone.register_text(*lines))
    assert phone.flow.take_response().status == 200


def test_the_good_ones_count_in_a_call_too(rig: Rig) -> None:
    caller = Caller(rig, f"sip:alice@{DOMAIN}")
    caller.send("INVITE", BOB)
    challenge = caller.flow.take_response().get("proxy-authenticate")
    good = digest(challenge, "INVITE", BOB, "alice")
    caller.send(
        "INVITE",
        BOB,
        f"Authorization: {digest(OLD, 'INVITE', BOB, 'alice')}",
        f"Proxy-Authorization: {UNREADABLE}",
        f"Proxy-Authorization: {good}",
    )
    assert responses(caller.flow)[0] == "100 Trying"


def test_credentials_that_are_all_unreadable_are_said_to_be(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    rig.receive(phone.flow, phone.register_text(f"Authorization: {UNREADABLE}", f"Proxy-Authorization: {UNREADABLE}"))
    assert phone.flow.take_response().status == 400


@OVER
def test_a_retry_with_a_new_call_id_places_its_call(rig: Rig, transport: str) -> None:
    """Older jambonz and LiveKit do that."""
    caller = Caller(rig, f"sip:alice@{DOMAIN}", rig.flow("203.0.113.5", 5080, transport))
    caller.send("INVITE", BOB)
    challenge = caller.flow.take_response().get("proxy-authenticate")
    caller.call_id = "another"
    caller.send("INVITE", BOB, f"Proxy-Authorization: {digest(challenge, 'INVITE', BOB, 'alice')}")
    assert responses(caller.flow) == ["100 Trying", "480 Temporarily Unavailable"]


@OVER
def test_a_captured_call_is_used_up_over_any_flow(rig: Rig, transport: str) -> None:
    caller = Caller(rig, f"sip:alice@{DOMAIN}", rig.flow("203.0.113.5", 5080, transport))
    caller.send("INVITE", BOB)
    challenge = caller.flow.take_response().get("proxy-authenticate")
    captured = f"Proxy-Authorization: {digest(challenge, 'INVITE', BOB, 'alice')}"
    caller.send("INVITE", BOB, captured)
    assert responses(caller.flow)[0] == "100 Trying"
    reads = rig.store.reads
    for flow in (caller.flow, rig.flow("203.0.113.5", 9999, transport), rig.flow("203.0.113.66", 5080, transport)):
        for call_id in (caller.call_id, "another"):
            thief = Caller(rig, f"sip:alice@{DOMAIN}", flow, call_id)
            thief.send("INVITE", BOB, captured)
            assert "stale=true" in thief.flow.take_response().get("proxy-authenticate")
    assert rig.store.reads == reads


def test_the_same_credentials_at_the_same_time_place_one_call(rig: Rig) -> None:
    flow = rig.flow("203.0.113.5", 5080)
    caller, thief = (Caller(rig, f"sip:alice@{DOMAIN}", flow) for _ in range(2))
    caller.send("INVITE", BOB)
    challenge = flow.take_response().get("proxy-authenticate")
    captured = f"Proxy-Authorization: {digest(challenge, 'INVITE', BOB, 'alice')}"
    rig.store.held = True
    caller.send("INVITE", BOB, captured)
    thief.send("INVITE", BOB, captured)
    rig.store.held = False
    rig.deliver()
    assert sorted(responses(flow)) == [
        "100 Trying",
        "100 Trying",
        "407 Proxy Authentication Required",
        "480 Temporarily Unavailable",
    ]


def test_the_next_count_is_good_for_the_next_call(rig: Rig) -> None:
    caller = Caller(rig, f"sip:alice@{DOMAIN}")
    caller.send("INVITE", BOB)
    challenge = caller.flow.take_response().get("proxy-authenticate")
    for nc, status in ((1, "100"), (3, "100"), (2, "407"), (3, "407"), (4, "100")):
        caller.call_id = f"call {rig.unique()}"
        caller.send("INVITE", BOB, f"Proxy-Authorization: {digest(challenge, 'INVITE', BOB, 'alice', nc=nc)}")
        assert responses(caller.flow)[0][:3] == status


def test_a_nonce_of_a_call_is_good_at_its_edge_alone(rig: Rig) -> None:
    """No other edge, and no later life of this one, knows what it was used for."""
    caller = Caller(rig, f"sip:alice@{DOMAIN}")
    caller.send("INVITE", BOB)
    challenge = caller.flow.take_response().get("proxy-authenticate")
    elsewhere = Caller(Rig(rig.world), f"sip:alice@{DOMAIN}", FakeFlow("203.0.113.5", 5080))
    elsewhere.send("INVITE", BOB, f"Proxy-Authorization: {digest(challenge, 'INVITE', BOB, 'alice')}")
    assert "stale=true" in elsewhere.flow.take_response().get("proxy-authenticate")


def test_a_nonce_of_a_registration_is_none_of_a_call(rig: Rig) -> None:
    phone = Phone(rig, "alice", rig.flow("203.0.113.5", 5080))
    caller = Caller(rig, f"sip:alice@{DOMAIN}", phone.flow)
    challenge = phone.challenge()
    caller.send("INVITE", BOB, f"Proxy-Authorization: {digest(challenge, 'INVITE', BOB, 'alice')}")
    challenge = caller.flow.take_response().get("proxy-authenticate")
    rig.receive(phone.flow, phone.register_text(phone.credentials(challenge)))
    assert "stale=true" in phone.flow.take_response().get("www-authenticate")


@OVER
def test_a_phone_that_repeats_its_credentials_at_each_refresh(rig: Rig, transport: str) -> None:
    """SIP.js does, and recovers from each challenge: nothing is wrong with it."""
    phone = Phone(rig, "alice", rig.flow("203.0.113.5", 5080, transport))
    repeated = phone.credentials(phone.challenge())
    rig.receive(phone.flow, phone.register_text(repeated))
    assert phone.flow.take_response().status == 200
    expiries = ["Expires: 600", "Expires: 0", *(["Expires: 600"] if phone.flow.reliable else [])]
    for expires in expiries:
        rig.receive(phone.flow, phone.register_text(repeated, expires))
        challenge = phone.flow.take_response()
        assert "stale=true" in challenge.get("www-authenticate")
        repeated = phone.credentials(challenge.get("www-authenticate"))
        rig.receive(phone.flow, phone.register_text(repeated, expires))
        assert phone.flow.take_response().status == 200
    rig.advance(1.1)
    assert rig.attempts.written == {}
    assert rig.journal.counts["register_stale_nonce"] == len(expiries)
    assert rig.journal.counts["register_refused"] == 0


def test_used_nonces_are_forgotten_with_their_lifetime() -> None:
    counts = NonceCounts(NONCE_LIFETIME_S, most=1000)
    nonces = Nonces(Rig().keys.nonces, NONCE_LIFETIME_S)
    for second in range(3 * NONCE_LIFETIME_S):
        assert counts.use(nonces.issue(START + second), 1, START + second)
        assert len(counts) <= NONCE_LIFETIME_S + 1


def test_a_forgotten_nonce_and_all_before_it_count_as_used() -> None:
    counts = NonceCounts(NONCE_LIFETIME_S, most=10)
    nonces = Nonces(Rig().keys.nonces, NONCE_LIFETIME_S)
    issued = [nonces.issue(START) for _ in range(20)]
    for nonce in issued[5:]:
        assert counts.use(nonce, 1, START)
    assert len(counts) == 10
    assert all(counts.is_used(nonce, 2) for nonce in issued[:10])
    assert not any(counts.is_used(nonce, 2) for nonce in issued[10:])
