"""A phone asks about itself, publishes what it does, and names us as its outbound proxy in several ways."""

from __future__ import annotations

import pytest

from sip_edge.message.message import Response
from tests.sip_edge.caller import responses
from tests.sip_edge.offices import ALICE, BOB, DIRECT_BOB, Offices
from tests.sip_edge.rig import BASE, CUSTOMER, DOMAIN

ALICES_HASH = "a" * 12
OWN = [
    ALICE,
    f"{ALICE}:5060",
    f"{ALICE}:5099",
    f"{ALICE};transport=tcp",
    f"{ALICE};user=phone",
    f"{ALICE};gr=urn:uuid:1",
    f"SIP:alice@{DOMAIN.upper()}",
    f"sip:alice@{DOMAIN}.",
    f"sips:alice@{DOMAIN}",
    f"sip:%61lice@{DOMAIN}",
    f"sip:alice:secret@{DOMAIN}",
]


@pytest.fixture
def offices() -> Offices:
    return Offices()


@pytest.mark.parametrize("uri", OWN)
@pytest.mark.parametrize("event", ["Event: message-summary", "o: reg", "Event: dialog;sla", "Event: presence"])
def test_a_subscription_to_itself(offices: Offices, uri: str, event: str) -> None:
    caller = offices.caller()
    caller.send("SUBSCRIBE", uri, event)
    assert responses(caller.flow) == ["489 Bad Event"]
    compact = caller.text("SUBSCRIBE", uri, event).replace("From:", "f:").replace("To:", "t:").replace("Via:", "v:")
    offices.rig.receive(caller.flow, compact.replace("Call-ID:", "i:"))
    assert responses(caller.flow) == ["489 Bad Event"]


@pytest.mark.parametrize("sender", OWN)
def test_by_whichever_from(offices: Offices, sender: str) -> None:
    caller = offices.caller(sender)
    caller.send("SUBSCRIBE", ALICE, "Event: message-summary")
    assert responses(caller.flow) == ["489 Bad Event"]


def test_by_its_direct_address(offices: Offices) -> None:
    offices.rig.store.hashes[ALICES_HASH] = f"alice@{CUSTOMER}"
    caller = offices.caller()
    caller.send_proved("alice", "SUBSCRIBE", f"sip:direct.{ALICES_HASH}@sip.{BASE}", "Event: message-summary")
    assert responses(caller.flow) == ["489 Bad Event"]


def test_by_its_temporary_gruu(offices: Offices) -> None:
    instance = '<sip:alice@10.0.0.5:5060>;+sip.instance="<urn:uuid:1>"'
    answer = offices.alice.register("Supported: gruu", contact=instance)
    gruu = answer.get("contact").partition('temp-gruu="')[2].partition('"')[0]
    assert gruu
    caller = offices.caller()
    caller.send_proved("alice", "SUBSCRIBE", gruu, "Event: message-summary")
    assert responses(caller.flow) == ["489 Bad Event"]


@pytest.mark.parametrize("callee", [BOB, DIRECT_BOB])
def test_a_subscription_to_a_colleague(offices: Offices, callee: str) -> None:
    caller = offices.caller()
    caller.send_proved("alice", "SUBSCRIBE", callee, "Event: presence")
    assert offices.bob.flow.take_request().method == "SUBSCRIBE"


@pytest.mark.parametrize("uri", [*OWN, BOB, DIRECT_BOB, f"sip:nobody@{DOMAIN}", f"sip:x@{BASE}"])
@pytest.mark.parametrize("proved", [False, True])
def test_nothing_is_published(offices: Offices, uri: str, proved: bool) -> None:
    caller = offices.caller() if proved else offices.stranger()
    caller.send("PUBLISH", uri, "Event: presence")
    refusal = caller.flow.take_response()
    assert isinstance(refusal, Response)
    assert refusal.status == 405
    assert "INVITE" in refusal.get("allow")
    assert "PUBLISH" not in refusal.get("allow")
    assert offices.bob.flow.take() == []


@pytest.mark.parametrize(
    "routes",
    [
        (f"Route: <sip:registrar.{BASE};lr>, <sip:sip.{BASE};lr>",),
        (f"Route: <sip:registrar.{BASE};lr>", f"Route: <sip:sip.{BASE};lr>"),
        (f"Route: <sip:192.0.2.1;lr>,\r\n <sip:{DOMAIN};lr>",),
        (f"route:<sip:192.0.2.1:5060;transport=udp;lr>,<sip:SIP.{BASE.upper()}.:5061;transport=tls;lr>",),
        (f"Route: <sip:{DOMAIN};lr>, <sip:x@{BASE};lr>, <sips:registrar.{BASE}:443;transport=wss;lr>",),
        ("Route: <sip:203.0.113.66;lr>",),  # a single one led here, whatever it names
    ],
)
def test_routes_that_are_ours(offices: Offices, routes: tuple[str, ...]) -> None:
    caller = offices.stranger()
    caller.send("INVITE", BOB, *routes)
    assert responses(caller.flow) == ["100 Trying"]
    assert "route" not in offices.bob.flow.take_request().names
    own = offices.caller()
    own.send_proved("alice", "MESSAGE", BOB, *routes)
    assert offices.bob.flow.take_request().method == "MESSAGE"


@pytest.mark.parametrize(
    "route",
    [
        "<sip:203.0.113.66;lr>, <sip:192.0.2.1;lr>",
        "<sip:192.0.2.1;lr>, <sip:203.0.113.66;lr>",
        f"<sip:registrar.{BASE};lr>, <sip:sip.{BASE};lr>, <sip:outside.example;lr>",
        "<sip:192.0.2.1;lr>, <sip:192.0.2.1:5099;lr>",  # another server at this host
        f"<sip:192.0.2.1;lr>, <sip:sip.{BASE}.outside.example;lr>",
        "<sip:192.0.2.1;lr>, <tel:+15551234>",
        "<sip:192.0.2.1;lr>, <sip:192.0.2.1:0;lr>",
    ],
)
def test_routes_that_lead_on(offices: Offices, route: str) -> None:
    caller = offices.stranger()
    caller.send("INVITE", BOB, f"Route: {route}")
    assert responses(caller.flow) == ["403 Forbidden"]
    assert offices.bob.flow.take() == []
