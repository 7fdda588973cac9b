"""Flexisip's tester (tester/): forks, routes and calls."""

from __future__ import annotations

import pytest

from tests.peers.origin import of
from tests.peers.scene import BOB, Scene, last_request, statuses
from tests.sip_edge.caller import Caller, answer
from tests.sip_edge.rig import DOMAIN, EDGE, Phone, Rig

origin = of("Flexisip")


@origin("fork-call-tester.cc: basicCall", "call-tester.cc: audioOnlyCall")
def test_a_call_and_its_end() -> None:
    scene = Scene()
    dialog = scene.establish(scene.stranger())
    bye = dialog.from_caller("BYE")
    assert dialog.answered(dialog.phone.flow, bye, "200 OK") == ["200 OK"]


@origin("fork-call-tester.cc: callWithEarlyCancel")
def test_a_call_that_is_given_up_early() -> None:
    scene = Scene()
    caller = scene.stranger()
    (invite,) = scene.ring(caller)
    caller.send("CANCEL", BOB, cseq=caller.cseq, branch=caller.branch)
    assert last_request(scene.phones[0].flow).method == "CANCEL"
    scene.rig.receive(scene.phones[0].flow, answer(invite, "487 Request Terminated"))
    assert statuses(caller.flow) == ["200 OK", "487 Request Terminated"]


@origin("fork-call-tester.cc: calleeOfflineWithOneDeviceEarlyDecline")
def test_a_decline_ends_the_call_at_all_devices() -> None:
    scene = Scene(3)
    caller = scene.stranger()
    invites = scene.ring(caller)
    scene.rig.receive(scene.phones[0].flow, answer(invites[0], "603 Decline"))
    for phone, invite in list(zip(scene.phones, invites, strict=True))[1:]:
        assert last_request(phone.flow).method == "CANCEL"
        scene.rig.receive(phone.flow, answer(invite, "487 Request Terminated"))
    assert statuses(caller.flow) == ["603 Decline"]


@pytest.mark.parametrize("devices", [2, 5, 10])
@origin("fork-call-tester.cc: calleeMultipleOnlineDevices", "call-tester.cc: callWithMultipleDevices")
def test_one_of_many_devices_answers(devices: int) -> None:
    scene = Scene(devices)
    caller = scene.stranger()
    invites = scene.ring(caller)
    scene.rig.receive(scene.phones[0].flow, answer(invites[0], "200 OK", "Contact: <sip:bob@10.0.0.5>"))
    assert statuses(caller.flow) == ["200 OK"]
    for phone, invite in list(zip(scene.phones, invites, strict=True))[1:]:
        cancel = last_request(phone.flow)
        assert cancel.method == "CANCEL"
        assert "cause=200" in cancel.get("reason")
        scene.rig.receive(phone.flow, answer(cancel, "200 OK"))
        scene.rig.receive(phone.flow, answer(invite, "487 Request Terminated"))
        assert last_request(phone.flow).method == "ACK"
    assert statuses(caller.flow) == []


@origin("call-tester.cc: cancelCallUpdate")
def test_a_reinvite_that_is_taken_back() -> None:
    scene = Scene()
    dialog = scene.establish(scene.stranger())
    again = dialog.from_caller("INVITE")
    dialog.caller.flow.take()
    caller = dialog.caller
    caller.send(
        "CANCEL", dialog.phone.contact, *dialog.caller_route, to=dialog.to, cseq=caller.cseq, branch=caller.branch
    )
    scene.rig.receive(dialog.phone.flow, answer(again, "100 Trying"))
    assert last_request(dialog.phone.flow).method == "CANCEL"
    assert dialog.answered(dialog.phone.flow, again, "487 Request Terminated") == ["200 OK", "487 Request Terminated"]
    assert last_request(dialog.phone.flow).method == "ACK"
    assert dialog.answered(dialog.phone.flow, dialog.from_caller("INVITE"), "200 OK") == ["200 OK"]


@origin("fork-context-tester.cc: nullMaxFrowardAndForkBasicContext")
def test_no_hop_is_left() -> None:
    scene = Scene()
    caller = scene.stranger()
    caller.send("OPTIONS", BOB, "Max-Forwards: 0")
    assert statuses(caller.flow) == ["483 Too Many Hops"]
    assert scene.phones[0].flow.take() == []


@pytest.mark.parametrize("route", [f"<sip:{EDGE}:5060;lr>", f"<sip:{EDGE};transport=udp;lr>", f"<sip:{DOMAIN};lr>"])
@origin("module-router-tester.cc: SelfRouteHeaderRemovingTest")
def test_a_route_to_the_edge_itself_is_removed(route: str) -> None:
    scene = Scene()
    caller = scene.stranger()
    caller.send("INVITE", BOB, f"Route: {route}")
    assert "route" not in scene.phones[0].flow.take_request().names


@origin("module-router-tester.cc: OtherRouteHeaderNotRemovedTest")
def test_a_route_on_to_another_proxy_is_not_followed() -> None:
    scene = Scene()
    caller = scene.stranger("TCP")
    caller.send("INVITE", BOB, f"Route: <sip:{EDGE}:5060;lr>", "Route: <sip:127.0.0.1:8383;transport=tcp;lr>")
    assert statuses(caller.flow) == ["403 Forbidden"]  # Flexisip follows it; this edge relays for its own alone
    assert scene.phones[0].flow.take() == []


@origin("module-forward-tester.cc: forwardMidDialogRequestRouteIsNotUs")
def test_a_bye_with_a_route_elsewhere_goes_nowhere() -> None:
    scene = Scene()
    dialog = scene.establish(scene.stranger())
    dialog.caller.send("BYE", BOB, "Route: <sip:203.0.113.99;transport=tcp;lr>", to=dialog.to)
    assert statuses(dialog.caller.flow)[0][:3] in ("403", "481")
    assert dialog.phone.flow.take() == []


@origin("module-forward-tester.cc: forwardMidDialogRequestPathIsNextHop")
def test_a_path_is_the_route_of_a_call(rig: Rig) -> None:
    phone = Phone(rig, "bob")
    path = "<sip:one.example;lr>, <sip:two.example;transport=tcp;lr>"
    assert phone.register("Supported: path", f"Path: {path}").status == 200
    Caller(rig).send("INVITE", BOB)
    invite = last_request(phone.flow)
    assert invite.uri == phone.contact
    assert invite.values("route") == path.split(", ")


@origin("module-forward-tester.cc: forwardMidDialogRequestPathIsUsSoUseContactUrl")
def test_a_gruu_leads_to_its_instance_alone(rig: Rig) -> None:
    phones = [Phone(rig, "bob") for _ in range(2)]
    for number, phone in enumerate(phones):
        instance = f"urn:uuid:00000000-0000-1000-8000-00000000000{number}"
        ok = phone.register("Supported: gruu", contact=f'<{phone.contact}>;+sip.instance="<{instance}>"')
    gruus = [contact.partition('pub-gruu="')[2].partition('"')[0] for contact in ok.values("contact")]
    Caller(rig).send("INVITE", next(gruu for gruu in gruus if gruu.endswith("1")))
    assert [len(phone.flow.take()) for phone in phones] == [0, 1]


@pytest.mark.parametrize(
    ("transport", "end"), [("UDP", ";lr>"), ("TCP", ";transport=tcp;lr>"), ("WS", ";transport=ws;lr>")]
)
@origin("module-toolbox-tester.cc: SipAddRecordRouteTest")
def test_record_route_names_the_edge_and_the_transport(transport: str, end: str) -> None:
    scene = Scene()
    caller = scene.stranger(transport)
    (invite,) = scene.ring(caller)
    scene.rig.receive(scene.phones[0].flow, answer(invite, "200 OK", "Contact: <sip:bob@10.0.0.5>"))
    (route,) = caller.flow.take_response().values("record-route")
    assert f"@{EDGE}" in route
    assert route.endswith(end)


@origin("module-nat-helper-tester.cc: wrongContactInResponse")
def test_an_unreachable_contact_in_a_200_does_no_harm() -> None:
    scene = Scene()
    scene.phones[0].contact = "sip:bob@10.9.9.9:1;transport=tcp"
    dialog = scene.establish(scene.stranger())
    assert dialog.from_caller("BYE").uri == "sip:bob@10.9.9.9:1;transport=tcp"
