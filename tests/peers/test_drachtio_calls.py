"""drachtio's scenarios of calls (drachtio-server's test/scenarios and test/proxy.js, drachtio-srf's test/scenarios)."""

from __future__ import annotations

import pytest

from sip_edge.message.message import Request
from tests.peers.origin import of
from tests.peers.scene import BOB, Scene, last_request, statuses
from tests.sip_edge.caller import OUTSIDE, Caller, answer
from tests.sip_edge.rig import EDGE, Phone

origin = of("drachtio")


def with_body(message: str, kind: str, body: str) -> str:
    """The message with a body in the place of none."""
    return message.replace(
        "Content-Length: 0\r\n\r\n", f"Content-Type: {kind}\r\nContent-Length: {len(body.encode())}\r\n\r\n{body}"
    )


@origin("proxy.js: proxy failed invite")
def test_a_refusal_is_acknowledged_on_both_sides(scene: Scene, phone: Phone) -> None:
    caller = scene.stranger()
    (invite,) = scene.ring(caller)
    scene.rig.receive(phone.flow, answer(invite, "486 Busy Here"))
    assert last_request(phone.flow).method == "ACK"
    assert statuses(caller.flow) == ["486 Busy Here"]
    caller.send("ACK", BOB, cseq=caller.cseq, branch=caller.branch)
    scene.rig.advance(5)
    assert statuses(caller.flow) == []
    assert phone.flow.take() == []


@origin("proxy.js: proxy call with Record-Route")
def test_a_call_follows_its_record_route(scene: Scene, phone: Phone) -> None:
    dialog = scene.establish(scene.stranger())
    assert dialog.answered(phone.flow, dialog.from_caller("BYE"), "200 OK") == ["200 OK"]


@origin("proxy.js: remove preloaded Route header", "uac-preloaded-route.xml")
def test_a_preloaded_route_is_removed(scene: Scene, phone: Phone) -> None:
    (invite,) = scene.ring(scene.stranger(), f"Route: <sip:service@{EDGE}:5060;lr>")
    assert "route" not in invite.names


@origin("uac-cancel.xml", "uas-cancel.xml")
def test_a_call_is_cancelled(scene: Scene, phone: Phone) -> None:
    caller = scene.stranger()
    (invite,) = scene.ring(caller)
    caller.send("CANCEL", BOB, cseq=caller.cseq, branch=caller.branch)
    cancel = last_request(phone.flow)
    assert (cancel.method, cancel.get("cseq"), cancel.get("via")) == ("CANCEL", "1 CANCEL", invite.get("via"))
    scene.rig.receive(phone.flow, answer(cancel, "200 OK"))
    scene.rig.receive(phone.flow, answer(invite, "487 Request Terminated"))
    assert statuses(caller.flow) == ["200 OK", "487 Request Terminated"]


@origin("uac-cancel-after-no-100.xml", "uas-100-delay.xml")
def test_a_cancel_waits_for_the_first_response_of_the_phone(scene: Scene, phone: Phone) -> None:
    caller = scene.stranger("TCP")
    caller.send("INVITE", BOB)
    invite = last_request(phone.flow)
    caller.send("CANCEL", BOB, cseq=caller.cseq, branch=caller.branch)
    assert statuses(caller.flow) == ["200 OK"]
    assert phone.flow.take() == []  # §9.1
    scene.rig.receive(phone.flow, answer(invite, "100 Trying"))
    assert last_request(phone.flow).method == "CANCEL"


@origin("uac-cancel-sent-by-changed.xml", "uac-cancel-sent-by-changed-100rel.xml")
def test_a_cancel_with_another_sent_by_is_told_that_it_meets_nothing(scene: Scene, phone: Phone) -> None:
    caller = scene.stranger()
    scene.ring(caller)
    cancel = caller.text("CANCEL", BOB, cseq=caller.cseq, branch=caller.branch)
    scene.rig.receive(caller.flow, cancel.replace("192.168.7.7:5060;rport", f"{caller.flow.host}:5080;rport"))
    assert statuses(caller.flow) == ["481 Call/Transaction Does Not Exist"]  # §17.2.3; drachtio takes it all the same
    assert phone.flow.take() == []


@origin("uas-183-recv-update.xml", "uac-update-during-invite.xml")
def test_an_update_before_the_answer(scene: Scene, phone: Phone) -> None:
    caller = scene.stranger()
    (invite,) = scene.ring(caller)
    scene.rig.receive(phone.flow, answer(invite, "183 Session Progress", f"Contact: <{phone.contact}>"))
    early = caller.flow.take_response()
    caller.send("UPDATE", phone.contact, f"Route: {early.get('record-route')}", to=early.get("to"))
    update = last_request(phone.flow)
    assert update.method == "UPDATE"
    scene.rig.receive(phone.flow, answer(update, "200 OK"))
    scene.rig.receive(phone.flow, answer(invite, "200 OK", f"Contact: <{phone.contact}>"))
    assert statuses(caller.flow) == ["200 OK", "200 OK"]


@origin("uas-183-send-update.xml", "uac-notify-during-call-setup.xml")
def test_requests_of_the_phone_before_its_answer(scene: Scene, phone: Phone) -> None:
    caller = scene.stranger()
    (invite,) = scene.ring(caller)
    callee = Caller(scene.rig, BOB, phone.flow, caller.call_id)
    for method in ("UPDATE", "NOTIFY"):
        callee.send(method, caller.contact, f"Route: {invite.get('record-route')}", to=f"<{OUTSIDE}>;tag=caller")
        seen = last_request(caller.flow)
        assert seen.method == method
        scene.rig.receive(caller.flow, answer(seen, "200 OK"))
        assert statuses(phone.flow) == ["200 OK"]


@origin("uas-183-180-200.xml", "uac-forking.xml")
def test_provisional_responses_pass_in_their_order_with_their_tags(scene: Scene, phone: Phone) -> None:
    caller = scene.stranger()
    caller.send("INVITE", BOB)
    invite = last_request(phone.flow)
    for status, tag in (("183 Session Progress", "a"), ("180 Ringing", "b"), ("183 Session Progress", "b")):
        scene.rig.receive(phone.flow, answer(invite, status, tag=tag))
    passed = [(message.start[8:11], message.get("to")[-1]) for message in caller.flow.take()]
    assert passed == [("100", ">"), ("183", "a"), ("180", "b"), ("183", "b")]


@origin("uac-drop-one-200.xml", "uac-drop-all-200.xml", "uas-drop-one-200.xml")
def test_a_200_that_the_phone_repeats_comes_again(scene: Scene, phone: Phone) -> None:
    caller = scene.stranger()
    (invite,) = scene.ring(caller)
    for _ in range(3):
        scene.rig.receive(phone.flow, answer(invite, "200 OK", f"Contact: <{phone.contact}>"))
    assert statuses(caller.flow) == ["200 OK"] * 3


@origin("uac-drop-200-then-cancel.xml")
def test_a_cancel_after_the_answer_changes_nothing(scene: Scene, phone: Phone) -> None:
    caller = scene.stranger()
    (invite,) = scene.ring(caller)
    scene.rig.receive(phone.flow, answer(invite, "200 OK", f"Contact: <{phone.contact}>"))
    assert statuses(caller.flow) == ["200 OK"]
    caller.send("CANCEL", BOB, cseq=caller.cseq, branch=caller.branch)
    assert statuses(caller.flow) == ["200 OK"]
    assert phone.flow.take() == []


@origin("uac-drop-one-503.xml", "uac-no-ack.xml")
def test_a_refusal_is_repeated_until_it_is_acknowledged(scene: Scene, phone: Phone) -> None:
    caller = scene.stranger()
    (invite,) = scene.ring(caller)
    scene.rig.receive(phone.flow, answer(invite, "480 Temporarily Unavailable"))
    scene.rig.advance(4)
    assert len(statuses(caller.flow)) == 4  # at 0, 0.5, 1.5 and 3.5 s: timer G
    caller.send("ACK", BOB, cseq=caller.cseq, branch=caller.branch)
    scene.rig.advance(40)
    assert caller.flow.take() == []


@origin("uac-200-no-ack.xml")
def test_an_ack_that_never_comes_leaves_nothing_behind(scene: Scene, phone: Phone) -> None:
    caller = scene.stranger()
    (invite,) = scene.ring(caller)
    scene.rig.receive(phone.flow, answer(invite, "200 OK", f"Contact: <{phone.contact}>"))
    scene.rig.advance(40)
    assert statuses(caller.flow) == ["200 OK"]
    assert not len(scene.rig.edge._transactions)


@origin("uac-reinvite-bye-race.xml", "uas-reinvite-bye-race.xml")
def test_a_bye_overtakes_a_reinvite(scene: Scene, phone: Phone) -> None:
    dialog = scene.establish(scene.stranger())
    again = dialog.from_caller("INVITE")
    bye = dialog.from_callee("BYE")
    assert bye.method == "BYE"
    dialog.caller.flow.take()
    assert dialog.answered(phone.flow, again, "487 Request Terminated") == ["487 Request Terminated"]
    assert last_request(phone.flow).method == "ACK"
    assert dialog.answered(dialog.caller.flow, bye, "200 OK") == ["200 OK"]


@origin("uac-overlapping.xml", "uas-overlapping.xml")
def test_one_reinvite_after_another(scene: Scene, phone: Phone) -> None:
    dialog = scene.establish(scene.stranger())
    for _ in range(3):
        again = dialog.from_caller("INVITE")
        assert dialog.answered(phone.flow, again, "200 OK", f"Contact: <{phone.contact}>") == ["200 OK"]
        number = dialog.caller.cseq
        dialog.caller.send("ACK", phone.contact, *dialog.caller_route, to=dialog.to, cseq=number)
        assert last_request(phone.flow).get("cseq") == f"{number} ACK"


@origin("uac-recv-reinvite-183-488.xml", "uac-recv-reinvite-180-200.xml")
def test_a_reinvite_of_the_phone_with_provisional_responses(scene: Scene, phone: Phone) -> None:
    dialog = scene.establish(scene.stranger())
    for outcome in ("488 Not Acceptable Here", "200 OK"):
        again = dialog.from_callee("INVITE")
        assert dialog.answered(dialog.caller.flow, again, "183 Session Progress") == ["183 Session Progress"]
        assert dialog.answered(dialog.caller.flow, again, outcome) == [outcome]
        dialog.caller.flow.take()


@origin("uas-bad-bye.xml")
def test_a_bye_without_a_route_in_an_early_dialog(scene: Scene, phone: Phone) -> None:
    caller = scene.stranger()
    scene.ring(caller)
    Caller(scene.rig, BOB, phone.flow, caller.call_id).send("BYE", f"sip:{EDGE}:5060", to=f"<{OUTSIDE}>;tag=caller")
    assert statuses(phone.flow) == ["481 Call/Transaction Does Not Exist"]
    assert caller.flow.take() == []


@origin("uas-ackbye.xml")
def test_an_ack_and_a_bye_at_once(scene: Scene, phone: Phone) -> None:
    dialog = scene.establish(scene.stranger())
    dialog.caller.send("ACK", phone.contact, *dialog.caller_route, to=dialog.to, cseq=dialog.caller.cseq)
    dialog.caller.send("BYE", phone.contact, *dialog.caller_route, to=dialog.to)
    assert [message.get("cseq").split()[1] for message in phone.flow.take()] == ["ACK", "BYE"]


@origin("uas-prack.xml", "uac-prack.xml (srf)")
def test_a_reliable_provisional_response(scene: Scene, phone: Phone) -> None:
    caller = scene.stranger()
    caller.send("INVITE", BOB, "Supported: 100rel")
    invite = last_request(phone.flow)
    assert invite.get("supported") == "100rel"
    reliable = ("Require: 100rel", "RSeq: 7", f"Contact: <{phone.contact}>")
    scene.rig.receive(phone.flow, answer(invite, "183 Session Progress", *reliable))
    early = caller.flow.take()[-1]
    assert (early.get("require"), early.get("rseq")) == ("100rel", "7")
    caller.send("PRACK", phone.contact, f"Route: {early.get('record-route')}", "RAck: 7 1 INVITE", to=early.get("to"))
    prack = last_request(phone.flow)
    assert (prack.method, prack.get("rack")) == ("PRACK", "7 1 INVITE")
    scene.rig.receive(phone.flow, answer(prack, "200 OK"))
    assert statuses(caller.flow) == ["200 OK"]


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
@origin("uac-expect-400-no-contact-header.xml (srf)")
def test_an_invite_without_contact_gets_an_answer(scene: Scene, phone: Phone, transport: str) -> None:
    caller = scene.stranger(transport)
    scene.rig.receive(caller.flow, caller.text("INVITE", BOB).replace(f"Contact: <{caller.contact}>\r\n", ""))
    for request in phone.flow.take():  # a proxy may leave it to the phone (§16.3)
        assert isinstance(request, Request)
        scene.rig.receive(phone.flow, answer(request, "400 Bad Request"))
    assert [line[:3] for line in statuses(caller.flow)] == ["400"]


@origin("uas-200-ok-no-contact-cancel.xml (srf)")
def test_a_200_without_contact_passes(scene: Scene, phone: Phone) -> None:
    caller = scene.stranger()
    (invite,) = scene.ring(caller)
    scene.rig.receive(phone.flow, answer(invite, "200 OK"))
    assert statuses(caller.flow) == ["200 OK"]


@origin("uas-407-no-auth-header.xml (srf)")
def test_a_407_without_a_challenge_passes(scene: Scene, phone: Phone) -> None:
    caller = scene.stranger()
    (invite,) = scene.ring(caller)
    scene.rig.receive(phone.flow, answer(invite, "407 Proxy Authentication Required"))
    assert statuses(caller.flow) == ["407 Proxy Authentication Required"]


@origin("uas-302.xml (srf)")
def test_a_redirection_passes_with_its_contacts(scene: Scene, phone: Phone) -> None:
    caller = scene.stranger()
    (invite,) = scene.ring(caller)
    scene.rig.receive(phone.flow, answer(invite, "302 Moved Temporarily", "Contact: <sip:x@192.0.2.9>;q=0.5"))
    moved = caller.flow.take_response()
    assert (moved.status, moved.get("contact")) == (302, "<sip:x@192.0.2.9>;q=0.5")


@origin("uas-bye-with-auth.xml (srf)", "uas-reinvite-with-auth.xml (srf)")
def test_a_bye_that_the_far_end_challenges(scene: Scene, phone: Phone) -> None:
    dialog = scene.establish(scene.stranger())
    refused = "401 Unauthorized"
    challenge = 'WWW-Authenticate: Digest realm="far.example", nonce="n"'
    assert dialog.answered(phone.flow, dialog.from_caller("BYE"), refused, challenge) == [refused]
    proof = 'Digest username="u", realm="far.example", nonce="n", uri="sip:x", response="r"'
    again = dialog.from_caller("BYE", f"Authorization: {proof}")
    assert again.get("authorization") == proof
    assert dialog.answered(phone.flow, again, "200 OK") == ["200 OK"]


@origin("uac-3pcc-nosdp.xml (srf)", "uac-nosdp.xml (srf)")
def test_descriptions_in_the_200_and_the_ack(scene: Scene, phone: Phone) -> None:
    caller = scene.stranger()
    scene.rig.receive(
        caller.flow, caller.text("INVITE", BOB).replace("Content-Length: 5\r\n\r\nv=0\r\n", "Content-Length: 0\r\n\r\n")
    )
    invite = last_request(phone.flow)
    assert invite.body == b""
    ok = answer(invite, "200 OK", f"Contact: <{phone.contact}>")
    scene.rig.receive(phone.flow, with_body(ok, "application/sdp", "v=0\r\n"))
    answered = caller.flow.take()[-1]
    assert answered.body == b"v=0\r\n"
    ack = caller.text("ACK", phone.contact, f"Route: {answered.get('record-route')}", to=answered.get("to"), cseq=1)
    scene.rig.receive(caller.flow, with_body(ack, "application/sdp", "v=1\r\n"))
    assert last_request(phone.flow).body == b"v=1\r\n"
