"""Asterisk's test suite (tests/channels/pjsip/basic_calls)."""

from __future__ import annotations

import pytest

from tests.peers.origin import of
from tests.peers.scene import BOB, Scene, last_request, statuses
from tests.sip_edge.caller import Caller, answer
from tests.sip_edge.rig import DOMAIN, FakeFlow, Phone, Rig

origin = of("Asterisk")


@origin("basic_calls/incoming/off-nominal/bare_ack")
def test_an_ack_of_nothing(rig: Rig) -> None:
    caller = Caller(rig)
    caller.send("ACK", BOB)
    caller.send("ACK", BOB, to=f"<{BOB}>;tag=nothing")
    assert caller.flow.take() == []
    caller.send("OPTIONS", f"sip:{DOMAIN}")
    assert statuses(caller.flow) == ["200 OK"]


@pytest.mark.parametrize("user", ["nobody", "999999", "+4930123"])
@origin("basic_calls/incoming/off-nominal/unknown_user", "basic_calls/incoming/off-nominal/invalid_number")
def test_a_call_to_an_address_without_extension(rig: Rig, user: str) -> None:
    caller = Caller(rig)
    caller.send("INVITE", f"sip:{user}@{DOMAIN}")
    assert statuses(caller.flow) == ["404 Not Found"]


@origin("basic_calls/incoming/off-nominal/userpass/wrong_credentials")
def test_a_caller_with_a_wrong_password() -> None:
    scene = Scene()
    caller = scene.colleague()
    caller.send("INVITE", BOB)
    challenge = caller.flow.take_response().get("proxy-authenticate")
    nonce = challenge.partition('nonce="')[2].partition('"')[0]
    caller.send("INVITE", BOB, f'Proxy-Authorization: Digest username="alice", nonce="{nonce}", response="0"')
    assert [line[:3] for line in statuses(caller.flow)] == ["407"]
    assert scene.phones[0].flow.take() == []


@pytest.mark.parametrize(
    "refusal",
    [
        pytest.param("486 Busy Here", id="bob_is_busy"),
        pytest.param("404 Not Found", id="bob_does_not_exist"),
        pytest.param("488 Not Acceptable Here", id="bob_incompatible_codecs"),
        pytest.param("603 Decline", id="bob_rejects"),
    ],
)
@pytest.mark.parametrize("transport", ["UDP", "TCP"])
@origin(
    "basic_calls/outgoing/off-nominal/bob_is_busy",
    "basic_calls/outgoing/off-nominal/bob_does_not_exist",
    "basic_calls/outgoing/off-nominal/bob_incompatible_codecs",
    "basic_calls/two_parties/off-nominal/authed/bob_rejects",
)
def test_bob_refuses(refusal: str, transport: str) -> None:
    scene = Scene()
    caller = scene.stranger(transport)
    (invite,) = scene.ring(caller)
    scene.rig.receive(scene.phones[0].flow, answer(invite, refusal, 'Reason: Q.850;cause=17;text="because"'))
    refused = caller.flow.take_response()
    assert (refused.start, refused.get("reason")) == (f"SIP/2.0 {refusal}", 'Q.850;cause=17;text="because"')
    assert last_request(scene.phones[0].flow).method == "ACK"


@origin("basic_calls/outgoing/off-nominal/bob_does_not_answer")
def test_bob_does_not_answer() -> None:
    scene = Scene()
    caller = scene.stranger("TCP")
    (invite,) = scene.ring(caller)
    scene.rig.advance(185)  # timer C (§16.8)
    assert {message.get("cseq") for message in scene.phones[0].flow.take()} == {"1 CANCEL"}
    scene.rig.receive(scene.phones[0].flow, answer(invite, "487 Request Terminated"))
    assert statuses(caller.flow) == ["408 Request Timeout"]


@origin("basic_calls/outgoing/off-nominal/call_canceled")
def test_a_200_that_crosses_the_cancel_is_answered() -> None:
    scene = Scene()
    caller = scene.stranger("TCP")
    phone = scene.phones[0]
    (invite,) = scene.ring(caller)
    caller.send("CANCEL", BOB, cseq=caller.cseq, branch=caller.branch)
    scene.rig.receive(phone.flow, answer(invite, "200 OK", f"Contact: <{phone.contact}>"))
    assert statuses(caller.flow) == ["200 OK", "200 OK"]  # the CANCEL's and the INVITE's: the caller says BYE then


@origin("basic_calls/outgoing/nominal/early_media")
def test_early_media() -> None:
    scene = Scene()
    caller = scene.stranger()
    phone = scene.phones[0]
    (invite,) = scene.ring(caller)
    early = answer(invite, "183 Session Progress", "Content-Type: application/sdp")
    scene.rig.receive(phone.flow, early.replace("Content-Length: 0\r\n\r\n", "Content-Length: 5\r\n\r\nv=0\r\n"))
    progress = caller.flow.take_response()
    assert (progress.status, progress.body) == (183, b"v=0\r\n")


@pytest.mark.parametrize("side", ["caller", "callee"])
@origin("basic_calls/incoming/nominal/peer_in_dialog_auths", "basic_calls/outgoing/nominal/peer_in_dialog_auths")
def test_a_peer_challenges_within_the_dialog(side: str) -> None:
    scene = Scene()
    dialog = scene.establish(scene.stranger())
    send, far = {
        "caller": (dialog.from_caller, dialog.phone.flow),
        "callee": (dialog.from_callee, dialog.caller.flow),
    }[side]
    challenge = 'Proxy-Authenticate: Digest realm="peer.example", nonce="n"'
    refused = send("INVITE")
    assert dialog.answered(far, refused, "407 Proxy Authentication Required", challenge) == [
        "407 Proxy Authentication Required"
    ]
    assert last_request(far).method == "ACK"
    proof = 'Digest username="u", realm="peer.example", nonce="n", uri="sip:x", response="r"'
    assert send("INVITE", f"Proxy-Authorization: {proof}").get("proxy-authorization") == proof


@origin("basic_calls/incoming/nominal/unauthed/ident_by_anonymous")
def test_an_anonymous_stranger_calls() -> None:
    scene = Scene()
    caller = scene.stranger()
    caller.sender = "sip:anonymous@anonymous.invalid"
    (invite,) = scene.ring(caller, "Privacy: id")
    assert invite.get("from").startswith("<sip:anonymous@anonymous.invalid>")


@pytest.mark.parametrize("method", ["INVITE", "UPDATE", "INFO", "REFER", "NOTIFY", "MESSAGE"])
@pytest.mark.parametrize("side", ["caller", "callee"])
@origin("basic_calls/two_parties/nominal/direct_media/reinvite", "basic_calls/two_parties/nominal/direct_media/update")
def test_requests_within_a_dialog_in_both_directions(method: str, side: str) -> None:
    scene = Scene()
    dialog = scene.establish(scene.stranger())
    send, far = {
        "caller": (dialog.from_caller, dialog.phone.flow),
        "callee": (dialog.from_callee, dialog.caller.flow),
    }[side]
    request = send(method)
    assert "route" not in request.names
    assert dialog.answered(far, request, "200 OK") == ["200 OK"]


@origin("basic_calls/incoming/nominal/authed/userpass/ident_by_user (deferred SDP)")
def test_the_answer_comes_with_the_ack() -> None:
    scene = Scene()
    caller = scene.stranger()
    (invite,) = scene.ring(caller)
    phone = scene.phones[0]
    scene.rig.receive(phone.flow, answer(invite, "200 OK", f"Contact: <{phone.contact}>"))
    ok = caller.flow.take_response()
    ack = caller.text("ACK", phone.contact, f"Route: {ok.get('record-route')}", to=ok.get("to"), cseq=caller.cseq)
    ack = ack.replace("Content-Length: 0\r\n\r\n", "Content-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n")
    scene.rig.receive(caller.flow, ack)
    assert last_request(phone.flow).body == b"v=0\r\n"


@origin("basic_calls/outgoing/nominal/nat")
def test_a_phone_behind_a_nat_is_reached_where_it_was_heard(rig: Rig) -> None:
    phone = Phone(rig, "bob", FakeFlow("198.51.100.77", 41000))
    rig.flows[phone.flow.name] = phone.flow
    phone.contact = "sip:bob@192.168.1.2:5060"
    assert phone.register().status == 200
    Caller(rig).send("INVITE", BOB)
    assert last_request(phone.flow).uri == "sip:bob@192.168.1.2:5060"
