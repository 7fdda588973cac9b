"""A stranger says who calls, or makes a phone answer by itself."""

from __future__ import annotations

import secrets

import pytest

from sip_edge.proxy.validation.trusted_headers import FOR_COLLEAGUES, IDENTITIES
from tests.attacks.scene import Scene, invite

AUTO_ANSWER = (
    *("Call-Info: <sip:pbx.example>;answer-after=0", "call-info : \\;Answer-After=0", "X-Auto-Answer: yes"),
    *("ALERT-INFO: Ring Answer", "Alert-Info:\r\n\t<http://x.example>;info=alert-autoanswer", "Require: answermode"),
)


def test_a_header_beside_the_from(scene: Scene) -> None:
    """Phones show the one kind in the place of the From, and do what the other says."""
    mallory = scene.mallory()
    names = [*IDENTITIES, *FOR_COLLEAGUES]
    values = f'"Boss" <sip:boss@{scene.office.domain}>', "<tel:+15551234>"
    lines = [line for name in names for line in (f"{name}: {values[0]}", f"{name.upper()} : {values[1]}")]
    mallory.peer.send(invite(mallory, scene.victim.aor, *lines))
    request = scene.arrived()
    assert not set(names) & set(request.names)
    assert b"oss" not in request.encode()


@pytest.mark.parametrize("header", AUTO_ANSWER)
def test_a_phone_does_not_answer_by_itself(scene: Scene, header: str) -> None:
    mallory = scene.mallory()
    mallory.peer.send(invite(mallory, scene.victim.aor, header, "Subject: stays"))
    request = scene.arrived()
    assert b"nswer" not in request.encode()
    assert request.get("subject") == "stays"


def test_a_colleague_may_page(scene: Scene) -> None:
    caller = scene.phone(scene.colleague)
    uri, call_id = scene.victim.aor, secrets.token_hex(8)
    challenge = caller.ask(invite(caller, uri, call_id=call_id)).get("proxy-authenticate")
    credentials = scene.credentials(challenge, "INVITE", uri, caller.username)
    caller.peer.send(
        invite(caller, uri, f"Proxy-Authorization: {credentials}", "Alert-Info: Ring Answer", call_id=call_id)
    )
    assert scene.arrived().get("alert-info") == "Ring Answer"


@pytest.mark.parametrize("method", ["REFER", "NOTIFY", "notify"])
def test_a_stranger_restarts_no_phone(scene: Scene, method: str) -> None:
    mallory = scene.mallory()
    uri = scene.victim.aor
    assert mallory.ask(mallory.request(method, uri, f"<{uri}>", "Event: check-sync")).status == 403


@pytest.mark.parametrize("event", ["talk", "check-sync;reboot=true"])
def test_a_stranger_presses_no_keys(scene: Scene, event: str) -> None:
    mallory, call_id = scene.mallory(), secrets.token_hex(8)
    mallory.peer.send(invite(mallory, scene.victim.aor, call_id=call_id))
    call = scene.victim.take_request()
    scene.victim.answer(call, "180 Ringing")
    while not (ringing := mallory.take()).start.startswith("SIP/2.0 180"):
        pass
    route, to = ringing.get("record-route"), ringing.get("to")
    notify = mallory.request("NOTIFY", scene.victim.contact, to, f"Route: {route}", f"Event: {event}", call_id=call_id)
    assert mallory.ask(notify).status == 403
    scene.victim.answer(call, "486 Busy Here")
    assert scene.victim.take_request().method == "ACK"
