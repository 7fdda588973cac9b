"""An attacker has captured messages of a phone, and sends them for a purpose of its own."""

from __future__ import annotations

import secrets

import pytest

from sip_edge.message.message import Response
from tests.attacks.scene import Scene, invite


def captured_register(scene: Scene, **how: int) -> bytes:
    """A REGISTER of the victim's that was answered."""
    authorization = scene.victim.authorization()
    captured = scene.victim.register_request(authorization, **{"expires": 3600, **how})
    assert scene.victim.ask(captured).status in (200, 423)
    scene.stored = scene.address()
    return captured


def bent(captured: bytes, *changes: tuple[str, str]) -> bytes:
    """The same with a branch of its own, and with changes."""
    text = captured.decode().replace("branch=z9hG4bK", f"branch=z9hG4bK{secrets.token_hex(4)}")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text.encode()


def assert_used_up(answer: Response) -> None:
    assert answer.status == 407
    assert "stale=true" in answer.get("proxy-authenticate")


@pytest.mark.parametrize("edge", ["here", "elsewhere"])
def test_a_captured_register(scene: Scene, edge: str) -> None:
    captured = captured_register(scene)
    number = captured.decode().partition("CSeq: ")[2].partition(" ")[0]
    thief = scene.mallory(getattr(scene, edge))
    for changes in (
        (),
        ((f"CSeq: {number} ", "CSeq: 999999 "),),
        ((f"CSeq: {number} ", "CSeq: 999999 "), ("@192.0.2.77:5099", "@192.0.2.66")),
        ((f"CSeq: {number} ", "CSeq: 999999 "), ("Expires: 3600", "Expires: 0")),
        ((f"CSeq: {number} ", "CSeq: 999999 "), ("Call-ID: ", "Call-ID: thief")),
    ):
        assert_used_up(thief.ask(bent(captured, *changes)))


def test_a_captured_register_that_was_refused(scene: Scene) -> None:
    captured = captured_register(scene, expires=5)
    number = captured.decode().partition("CSeq: ")[2].partition(" ")[0]
    thief = scene.mallory(scene.elsewhere)
    assert_used_up(thief.ask(bent(captured, ("Expires: 5", "Expires: 600"), (f"CSeq: {number} ", "CSeq: 999999 "))))


@pytest.mark.parametrize("edge", ["here", "elsewhere"])
def test_a_captured_call(scene: Scene, edge: str) -> None:
    caller = scene.phone(scene.colleague)
    uri, call_id = scene.victim.aor, secrets.token_hex(8)
    challenge = caller.ask(invite(caller, uri, call_id=call_id)).get("proxy-authenticate")
    authorization = scene.credentials(challenge, "INVITE", uri, caller.username)
    captured = invite(caller, uri, f"Proxy-Authorization: {authorization}", call_id=call_id)
    caller.peer.send(captured)
    scene.arrived()
    # From the same address and with the same Call-ID, as from behind one NAT with the caller.
    thief = scene.phone(caller.username, getattr(scene, edge))
    for changes in ((), (("Call-ID: ", "Call-ID: thief"),)):
        assert_used_up(thief.ask(bent(captured, *changes)))
    assert scene.reached() == []


def test_a_nonce_is_not_burnt_by_whoever_cannot_use_it(scene: Scene) -> None:
    """An invalid digest with a high count must not make the victim's own answer a replay, wherever it comes from."""
    challenge = scene.victim.ask(scene.victim.register_request()).get("www-authenticate")
    good = scene.credentials(challenge, "REGISTER", f"sip:{scene.office.domain}", scene.victim.username)
    elsewhere, behind_the_same_nat = scene.fresh_host(), scene.victim.peer.source[0]
    for source, is_stale in ((elsewhere, True), (behind_the_same_nat, False)):
        nonce_thief = scene.phone(scene.victim.username, source=source)
        for count in ("ffffffff", "00000002"):
            poisoned = good.replace("nc=00000001", f"nc={count}").replace('response="', 'response="0')
            answer = nonce_thief.ask(nonce_thief.register_request(poisoned))
            assert answer.status == 407
            assert ("stale=true" in answer.get("www-authenticate")) is is_stale
    assert scene.victim.ask(scene.victim.register_request(good, expires=3600)).status == 200
    scene.stored = scene.address()
