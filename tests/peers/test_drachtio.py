"""drachtio's scenarios of single requests (drachtio-server's test/scenarios)."""

from __future__ import annotations

import pytest

from sip_edge.message.message import Request
from tests.peers.origin import of
from tests.peers.scene import BOB, Scene, last_request, statuses
from tests.sip_edge.caller import Caller, answer
from tests.sip_edge.rig import BASE, DOMAIN, EDGE, Phone, Rig

origin = of("drachtio")


@pytest.mark.parametrize("contact", ["%", "<%>", "sip:", "<sip:@>", ";expires=60"])
@origin("register-bad-contact.xml")
def test_a_register_with_a_contact_that_is_none(scene: Scene, phone: Phone, contact: str) -> None:
    assert phone.register(contact=contact).status == 400
    assert len(scene.rig.address("bob").bindings) == 1


@origin("uac-register-with-star-in-contact.xml")
def test_a_star_in_contact(scene: Scene, phone: Phone) -> None:
    assert phone.register("Expires: 0", contact="*").status == 200
    assert scene.rig.address("bob").bindings == ()


@origin("uac-register-jp-chars.xml", "uac-utf8.xml")
def test_names_in_utf8_pass_as_they_are(scene: Scene, phone: Phone) -> None:
    text = phone.register_text(phone.credentials(phone.challenge())).replace("From: <", 'From: "花岡 正典 (Agent)" <')
    scene.rig.receive(phone.flow, text)
    ok = phone.flow.take_response()
    assert (ok.status, ok.get("from").partition(" <")[0]) == (200, '"花岡 正典 (Agent)"')
    caller = scene.stranger()
    scene.rig.receive(caller.flow, caller.text("INVITE", BOB).replace("From: <", 'From: "Virtuális kolléga" <'))
    assert last_request(phone.flow).get("from").startswith('"Virtuális kolléga" <')


@pytest.mark.parametrize(
    "user",
    [
        pytest.param("-FILE%26FIRST60DAYS-R/OWNER***PEND-ORDENY?-CLOSE", id="punctuation"),
        pytest.param("+1(555)123-4567", id="visual separators"),
        pytest.param("a" * 400, id="long"),
    ],
)
@origin("uac-invalid-uri-user.xml", "uac-long-uri.xml")
def test_users_of_all_sorts_are_understood(scene: Scene, user: str) -> None:
    caller = scene.stranger()
    caller.send("INVITE", f"sip:{user}@{DOMAIN}")
    assert statuses(caller.flow) == ["404 Not Found"]


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
@origin("uac-long-sdp.xml", "uac-long-message.xml")
def test_a_long_description_arrives_whole(scene: Scene, phone: Phone, transport: str) -> None:
    caller = scene.stranger(transport)
    body = "v=0\r\n" + "a=candidate:" + "x" * 9000 + "\r\n"
    text = caller.text("INVITE", BOB)
    head = text.partition("\r\n\r\n")[0].replace("Content-Length: 5", f"Content-Length: {len(body)}")
    scene.rig.receive(caller.flow, f"{head}\r\n\r\n{body}")
    assert last_request(phone.flow).body.decode() == body


@origin("uac-spammer-expect-603.xml", "uac-spammer-ack-crash.xml")
def test_a_scanner_gets_silence_for_its_invite_and_its_ack(scene: Scene) -> None:
    caller = scene.stranger()
    for method in ("INVITE", "ACK"):
        caller.send(method, "sip:0@10.36.4.247", "User-Agent: sipcli", cseq=1)
    assert caller.flow.take() == []
    caller = scene.stranger()
    caller.send("OPTIONS", f"sip:{DOMAIN}")
    assert statuses(caller.flow) == ["200 OK"]


@pytest.mark.parametrize("uri", [f"sip:{EDGE}:5060", f"sip:registrar.{BASE}", f"sip:sip.{BASE}", f"sip:{DOMAIN}"])
@pytest.mark.parametrize("route", [(), (f"Route: <sip:{EDGE}:5060;lr>",)], ids=["plain", "routed"])
@origin("uac-options-expect-200.xml", "uac-options-routed-expect-200.xml")
def test_a_trunk_asks_whether_the_edge_lives(scene: Scene, uri: str, route: tuple[str, ...]) -> None:
    caller = scene.stranger()
    caller.sender = "sip:172.28.1.56:5060"
    caller.send("OPTIONS", uri, *route)
    ok = caller.flow.take_response()
    assert (ok.status, "INVITE" in ok.get("allow")) == (200, True)


@origin("uac-options-expect-200.xml")
def test_an_outsider_asks_whether_a_phone_lives(scene: Scene, phone: Phone) -> None:
    caller = scene.stranger()
    caller.send("OPTIONS", BOB)
    for request in phone.flow.take():
        assert isinstance(request, Request)
        scene.rig.receive(phone.flow, answer(request, "200 OK"))
    assert statuses(caller.flow) == ["200 OK"]


@origin("uac-register-subscribe-publish.xml")
def test_a_phone_subscribes_to_itself_and_publishes(scene: Scene, phone: Phone) -> None:
    own = Caller(scene.rig, BOB, phone.flow)
    for uri in (BOB, f"sip:bob@{DOMAIN}:5060", f"sip:bob@{DOMAIN.upper()};transport=udp"):
        own.send("SUBSCRIBE", uri, "Event: message-summary", "Expires: 600")
        assert statuses(phone.flow) == ["489 Bad Event"]
        own.send("PUBLISH", uri, "Event: presence")
        assert statuses(phone.flow) == ["405 Method Not Allowed"]


@origin("uac-recv-messages.xml")
def test_messages_to_a_phone(scene: Scene, phone: Phone) -> None:
    caller = scene.colleague()
    for number in range(3):
        scene.prove(caller, "MESSAGE", BOB, f"Subject: {number}")
        message = last_request(phone.flow)
        assert message.get("subject") == str(number)
        scene.rig.receive(phone.flow, answer(message, "200 OK"))
        assert statuses(caller.flow) == ["200 OK"]


@origin("uas-handle-5-registers.xml")
def test_five_refreshes(scene: Scene) -> None:
    rig = Rig()
    rig.add_extension("bob")
    phone = Phone(rig, "bob")
    for _ in range(5):
        assert phone.register("Expires: 60").get("contact").endswith("expires=60")
        rig.advance(30)
    assert len(rig.address("bob").bindings) == 1
