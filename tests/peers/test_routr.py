"""Routr's SIPp scenarios (mods/connect/etc/scenarios) and unit tests (mods/*/test): registrar, location and routing."""

from __future__ import annotations

import pytest

from sip_edge.message.message import Request
from tests.peers.origin import of
from tests.peers.scene import BOB, Scene, last_request, statuses
from tests.sip_edge.caller import Caller, answer
from tests.sip_edge.rig import BASE, DOMAIN, EDGE, Phone, Rig, digest

origin = of("Routr")


@origin("registration_mode/registration_setup.xml")
def test_a_pbx_that_demands_bulk_registration(scene: Scene, phone: Phone) -> None:
    text = phone.register_text(
        "Proxy-Require: gin", "Require: gin", "Supported: path", contact="<sip:192.0.2.7:5060;bnc>"
    )
    scene.rig.receive(phone.flow, text)
    refused = phone.flow.take_response()
    assert (refused.status, set(refused.values("unsupported"))) == (420, {"gin"})  # RFC 6140 §5.1


@origin("registration_mode/registration_setup.xml", "registration.xml")
def test_a_registration_is_told_as_it_is_kept(scene: Scene, phone: Phone) -> None:
    ok = phone.register("Expires: 600")
    assert ok.get("contact") == f"<{phone.contact}>;expires=600"
    assert ok.get("call-id") == phone.call_id


@origin("registration_mode/registration_failure.xml")
def test_a_registrar_that_cannot_store_says_so(scene: Scene, phone: Phone) -> None:
    authorization = phone.credentials(phone.challenge())
    scene.rig.store.outage = True
    scene.rig.receive(phone.flow, phone.register_text(authorization))
    refused = phone.flow.take_response()
    assert (refused.status, refused.get("retry-after").isdigit()) == (503, True)


@pytest.mark.parametrize("expires", [60, 61, 3600])
@origin("registration_mode/maintaining_registration.xml")
def test_a_registration_is_maintained(scene: Scene, phone: Phone, expires: int) -> None:
    for _ in range(20):
        granted = phone.register(f"Expires: {expires}").get("contact").rpartition("=")[2]
        assert int(granted) == expires
        scene.rig.advance(expires / 2 + 0.3)
        phone.flow.take()
    assert len(scene.rig.address("bob").bindings) == 1


@origin("registration_mode/authentication.xml", "simpleauth.unit.test.ts: creates an unauthorized response")
def test_the_challenge(scene: Scene, phone: Phone) -> None:
    challenge = phone.challenge()
    assert challenge.startswith("Digest ")
    for part in (f'realm="{BASE}"', "algorithm=MD5", 'qop="auth"', 'nonce="'):
        assert part in challenge


@origin("registration_mode/authentication.xml")
def test_each_failed_answer_gets_another_challenge(scene: Scene, phone: Phone) -> None:
    good = phone.password
    for password in ("one", "two"):
        phone.password = password
        assert phone.register().get("www-authenticate")
    phone.password = good
    assert phone.register().status == 200


@origin("rr/uac_invite_callee_bye.xml", "rr/uas_agent_to_agent_callee_bye.xml")
def test_one_agent_calls_another_who_hangs_up(scene: Scene, phone: Phone) -> None:
    caller = scene.colleague()
    scene.prove(caller, "INVITE", BOB)
    invite = last_request(phone.flow)
    assert "proxy-authorization" not in invite.names
    scene.rig.receive(phone.flow, answer(invite, "200 OK", f"Contact: <{phone.contact}>"))
    ok = caller.flow.take()[-1]
    caller.send("ACK", phone.contact, f"Route: {ok.get('record-route')}", to=ok.get("to"), cseq=caller.cseq)
    assert last_request(phone.flow).method == "ACK"
    callee = Caller(scene.rig, BOB, phone.flow, caller.call_id)
    callee.send("BYE", caller.contact, f"Route: {invite.get('record-route')}", to=f"<{caller.sender}>;tag=caller")
    bye = last_request(caller.flow)
    scene.rig.receive(caller.flow, answer(bye, "200 OK"))
    assert statuses(phone.flow) == ["200 OK"]


@origin("rr/uac_invite_callee_declined.xml", "rr/uas_agent_to_agent_callee_declined.xml")
def test_one_agent_calls_another_who_declines(scene: Scene, phone: Phone) -> None:
    caller = scene.colleague()
    scene.prove(caller, "INVITE", BOB)
    scene.rig.receive(phone.flow, answer(last_request(phone.flow), "603 Decline"))
    assert statuses(caller.flow) == ["603 Decline"]


@origin("rr/uac_invite_caller_cancel.xml", "rr/uas_agent_to_agent_caller_cancel.xml")
def test_one_agent_calls_another_and_gives_up_with_a_reason(scene: Scene, phone: Phone) -> None:
    caller = scene.colleague()
    scene.prove(caller, "INVITE", BOB)
    invite = last_request(phone.flow)
    scene.rig.receive(phone.flow, answer(invite, "180 Ringing"))
    reason = 'Q.850;cause=102;text="RECOVERY_ON_TIMER_EXPIRE"'
    caller.send("CANCEL", BOB, f"Reason: {reason}", cseq=caller.cseq, branch=caller.branch)
    cancel = last_request(phone.flow)
    assert (cancel.method, cancel.get("reason")) == ("CANCEL", reason)
    scene.rig.receive(phone.flow, answer(invite, "487 Request Terminated"))
    assert statuses(caller.flow) == ["180 Ringing", "200 OK", "487 Request Terminated"]


@origin("rr/uas_proxy_auth.xml")
def test_a_pbx_that_challenges_callers_itself(scene: Scene, phone: Phone) -> None:
    caller = scene.stranger()
    (invite,) = scene.ring(caller)
    challenge = 'Proxy-Authenticate: Digest realm="pbx.example", nonce="n", algorithm=MD5'
    scene.rig.receive(phone.flow, answer(invite, "407 Proxy Authentication Required", challenge))
    asked = caller.flow.take_response()
    assert 'realm="pbx.example"' in asked.get("proxy-authenticate")
    proof = 'Digest username="1001", realm="pbx.example", nonce="n", uri="sip:x", response="r"'
    caller.send("INVITE", BOB, f"Proxy-Authorization: {proof}")
    invite = next(
        message for message in phone.flow.take() if isinstance(message, Request) and message.method == "INVITE"
    )
    assert invite.get("proxy-authorization") == proof


@origin("ims_uac.xml", "ims_uas.xml")
def test_a_message_whose_branch_has_no_cookie(scene: Scene, phone: Phone) -> None:
    caller = scene.colleague()
    caller.send("MESSAGE", BOB, branch="az9hG4bK1")
    proof = digest(caller.flow.take_response().get("proxy-authenticate"), "MESSAGE", BOB, "alice")
    caller.send("MESSAGE", BOB, f"Proxy-Authorization: {proof}", branch="az9hG4bK2")
    message = last_request(phone.flow)
    scene.rig.receive(phone.flow, answer(message, "200 OK"))
    assert statuses(caller.flow) == ["200 OK"]


@pytest.mark.parametrize(
    "header",
    [
        f"P-Asserted-Identity: <{BOB}>",
        f"P-Preferred-Identity: <{BOB}>",
        f"Remote-Party-ID: <{BOB}>;party=calling",
    ],
)
@origin(
    "basic_calls/dod_call_privacy_a.xml",
    "basic_calls/dod_call_privacy_b.xml",
    "basic_calls/did_terminating_call_privacy.xml",
)
def test_an_anonymous_caller_asserts_nothing(scene: Scene, header: str) -> None:
    caller = scene.stranger()
    caller.sender = "sip:anonymous@anonymous.invalid"
    (invite,) = scene.ring(caller, "Privacy: id", header)
    assert invite.get("from").startswith("<sip:anonymous@anonymous.invalid>;tag=")
    assert invite.get("privacy") == "id"
    assert header.partition(":")[0].lower() not in invite.names


@origin("rr/uas_agent_to_pstn_provider_declined.xml")
def test_a_number_that_leads_nowhere(scene: Scene) -> None:
    caller = scene.colleague()
    scene.prove(caller, "INVITE", f"sip:17853178071@{DOMAIN}")
    assert statuses(caller.flow) == ["404 Not Found"]


@origin("alterations.unit.test.ts: updates the request uri")
def test_the_request_uri_becomes_the_contact(scene: Scene, phone: Phone) -> None:
    phone.register(contact="<sip:bob@10.0.0.9:5099;transport=udp;x=y>")
    (invite,) = scene.ring(scene.stranger())
    assert invite.uri == "sip:bob@10.0.0.9:5099;transport=udp;x=y"
    assert invite.get("to") == f"<{BOB}>"


@pytest.mark.parametrize(("hops", "left"), [("70", "69"), ("1", "0"), ("", "70")])
@origin("alterations.unit.test.ts: updates the value of the max forwards header")
def test_one_hop_less(scene: Scene, phone: Phone, hops: str, left: str) -> None:
    caller = scene.stranger()
    text = caller.text("INVITE", BOB).replace("Max-Forwards: 70\r\n", f"Max-Forwards: {hops}\r\n" if hops else "")
    scene.rig.receive(caller.flow, text)
    assert last_request(phone.flow).get("max-forwards") == left  # §16.6 step 3: 70 where there was none


@origin("alterations.unit.test.ts: adds via header", "alterations.unit.test.ts: removes the top via header")
def test_a_via_on_the_way_there_and_none_on_the_way_back(scene: Scene, phone: Phone) -> None:
    caller = scene.stranger()
    caller.send("INVITE", BOB, "Via: SIP/2.0/TCP 10.1.1.1;branch=z9hG4bKfar")
    invite = last_request(phone.flow)
    vias = invite.values("via")
    assert [via.split()[1].partition(";")[0] for via in vias] == [f"{EDGE}:5060", "192.168.7.7:5060", "10.1.1.1"]
    caller.flow.take()
    scene.rig.receive(phone.flow, answer(invite, "180 Ringing"))
    assert len(caller.flow.take_response().values("via")) == 2


@pytest.mark.parametrize("transports", [("UDP", "UDP"), ("TCP", "UDP"), ("WS", "TCP")])
@origin("alterations.unit.test.ts: adds record-route using the listening point from the request")
def test_record_route_towards_each_side_names_its_transport(transports: tuple[str, str]) -> None:
    rig = Rig()
    rig.add_extension("bob")
    phone = Phone(rig, "bob", rig.flow(transport=transports[1]))
    assert phone.register().status == 200
    caller = Caller(rig, flow=rig.flow("203.0.113.5", 5080, transports[0]))
    caller.send("INVITE", BOB)
    invite = last_request(phone.flow)
    rig.receive(phone.flow, answer(invite, "200 OK", f"Contact: <{phone.contact}>"))
    routes = caller.flow.take()[-1].get("record-route"), invite.get("record-route")
    for route, transport in zip(routes, transports, strict=True):
        assert (";transport=" in route) is (transport != "UDP")
        assert transport == "UDP" or f";transport={transport.lower()}" in route


@pytest.mark.parametrize(
    "routes",
    [
        (f"<sip:{EDGE};lr>", f"<sip:{EDGE}:5060;lr>"),
        (f"<sip:{EDGE};lr>, <sip:registrar.{BASE};lr>",),
        (f"<sip:{EDGE};transport=udp;lr>", f"<sip:{EDGE};transport=tcp;lr>"),
    ],
)
@origin("alterations.unit.test.ts: removes all loose routes(lr)")
def test_all_routes_to_ourselves_are_removed(scene: Scene, routes: tuple[str, ...]) -> None:
    (invite,) = scene.ring(scene.stranger(), *(f"Route: {route}" for route in routes))
    assert "route" not in invite.names


@origin("location.unit.test.ts: gets a simple route")
def test_all_devices_of_an_address_are_found() -> None:
    scene = Scene(2)
    assert len(scene.ring(scene.stranger())) == 2


@pytest.mark.parametrize(
    ("uri", "status"),
    [(f"sip:a-b-c@{DOMAIN}", "404 Not Found"), (f"sip:alice@{DOMAIN}", "480 Temporarily Unavailable")],
)
@origin("location.unit.test.ts: gets a simple route")
def test_an_address_without_devices(scene: Scene, uri: str, status: str) -> None:
    caller = scene.stranger()
    caller.send("INVITE", uri)
    assert statuses(caller.flow) == [status]


@origin("location.unit.test.ts: checks if maxContacts has been reached (passing a different route)")
def test_a_second_device_where_one_is_allowed(scene: Scene, phone: Phone) -> None:
    newcomer = Phone(scene.rig, "bob")
    scene.rig.receive(newcomer.flow, newcomer.register_text(newcomer.credentials(newcomer.challenge())))
    question = last_request(phone.flow)
    assert question.method == "OPTIONS"
    scene.rig.receive(phone.flow, answer(question, "200 OK"))
    assert [line[:3] for line in statuses(newcomer.flow)] == ["403"]


@origin("location.unit.test.ts: checks if maxContacts has been reached (passing the same route)")
def test_the_same_device_again_where_one_is_allowed(scene: Scene, phone: Phone) -> None:
    assert [phone.register().status for _ in range(3)] == [200, 200, 200]


@origin("location.unit.test.ts: checks if maxContacts has been reached (combining routes)")
def test_a_third_device_where_two_are_allowed() -> None:
    scene = Scene(2)
    assert scene.phones[0].register().status == 200
    newcomer = Phone(scene.rig, "bob")
    scene.rig.receive(newcomer.flow, newcomer.register_text(newcomer.credentials(newcomer.challenge())))
    for phone in scene.phones:
        for question in phone.flow.take():
            assert isinstance(question, Request)
            scene.rig.receive(phone.flow, answer(question, "200 OK"))
    assert [line[:3] for line in statuses(newcomer.flow)] == ["403"]
    assert len(scene.rig.address("bob").bindings) == 2


@origin("simpleauth.unit.test.ts: gets credentials by username")
def test_credentials_of_another_extension_register_nothing(scene: Scene) -> None:
    stranger = Phone(scene.rig, "alice")
    challenge = stranger.challenge()
    authorization = stranger.credentials(challenge).replace('username="alice"', 'username="bob"')
    scene.rig.receive(stranger.flow, stranger.register_text(authorization))
    assert stranger.flow.take_response().status in (403, 407)
    assert scene.rig.address("alice").bindings == ()


@pytest.mark.parametrize("name", ["request-id", "x-gateway-auth", "x-anything"])
@origin("alterations.unit.test.ts: applies the extension headers from Route")
def test_headers_that_the_edge_does_not_know_pass(scene: Scene, name: str) -> None:
    (invite,) = scene.ring(scene.stranger(), f"{name}: value, with  spaces ;and=things")
    assert invite.get(name) == "value, with  spaces ;and=things"
