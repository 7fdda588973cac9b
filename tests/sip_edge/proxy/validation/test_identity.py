"""A From that a phone may show as one of ours is proved or refused, outside and within dialogs."""

from __future__ import annotations

import pytest

from sip_edge.message.message import Response
from tests.attacks.spellings import REFUSED, STRANGERS, spell
from tests.sip_edge.caller import OUTSIDE, Caller, responses
from tests.sip_edge.offices import ALICE, BOB, CAROL, DIRECT_BOB, Offices
from tests.sip_edge.rig import BASE, DOMAIN

METHODS = ("INVITE", "MESSAGE", "SUBSCRIBE", "OPTIONS", "REFER", "NOTIFY", "INFO", "PRACK", "x-unknown")
WITHIN = ("INVITE", "UPDATE", "INFO", "MESSAGE", "REFER", "NOTIFY", "OPTIONS", "PRACK", "SUBSCRIBE")


@pytest.fixture
def offices() -> Offices:
    return Offices()


def send(caller: Caller, method: str, value: str) -> list[Response]:
    """Send a request to bob with that From, and return what comes back."""
    text = caller.text(method, BOB).replace(f"From: <{caller.sender}>", f"From: {value}")
    caller.rig.receive(caller.flow, text)
    return [message for message in caller.flow.take() if isinstance(message, Response)]


@pytest.mark.parametrize("spelling", REFUSED.values(), ids=REFUSED)
def test_it_reaches_no_phone_without_a_proof(offices: Offices, spelling: str) -> None:
    for method in METHODS:
        (refusal,) = send(offices.stranger(), method, spell(spelling, "alice", DOMAIN, BASE))
        assert refusal.status in (400, 403, 407)
    assert offices.bob.flow.take() == []
    assert offices.rig.journal.counts["internal_error"] == 0


@pytest.mark.parametrize("spelling", STRANGERS.values(), ids=STRANGERS)
def test_a_stranger_is_one(offices: Offices, spelling: str) -> None:
    value = spell(spelling, "alice", DOMAIN, BASE)
    assert [answer.status for answer in send(offices.stranger(), "INVITE", value)] == [100]
    assert offices.bob.flow.take_request().get("from") == f"{value};tag=caller"
    for method in METHODS[1:]:
        status = 200 if method == "OPTIONS" else 403  # the edge answers a probe itself
        assert [answer.status for answer in send(offices.stranger(), method, value)] == [status]


@pytest.mark.parametrize("header", ["f: ", "F:", "from\t:\t", "FROM:\r\n "])
def test_every_spelling_of_the_header(offices: Offices, header: str) -> None:
    caller = offices.stranger()
    for value, status in ((ALICE, 407), (f"sip:alice@{DOMAIN}:0", 400), (f"tel:alice;phone-context={DOMAIN}", 403)):
        text = caller.text("INVITE", BOB).replace(f"From: <{OUTSIDE}>", f"{header}<{value}>")
        offices.rig.receive(caller.flow, text)
        assert caller.flow.take_response().status == status


@pytest.mark.parametrize("host", ["192.0.2.1", "192.0.2.1:5060", "192.0.2.1:9"])
def test_the_address_of_the_edge_belongs_to_no_caller(offices: Offices, host: str) -> None:
    (refusal,) = send(offices.stranger(), "INVITE", f"<sip:alice@{host}>")
    assert refusal.status == 403


@pytest.mark.parametrize("host", ["[2001:db8::1]", "[2001:DB8::1]:5060", "198.51.100.7"])
def test_strangers_have_addresses(offices: Offices, host: str) -> None:
    assert [answer.status for answer in send(offices.stranger(), "INVITE", f"<sip:alice@{host}>")] == [100]


@pytest.mark.parametrize("method", WITHIN)
@pytest.mark.parametrize(
    "sender",
    [
        *(ALICE, BOB, DIRECT_BOB, f"sip:alice@{DOMAIN}:5060", f"SIP:alice@{DOMAIN.upper()}", f"sip:alice@{BASE}"),
        *(f"{OUTSIDE};phone-context={DOMAIN}", f"{OUTSIDE}?From={ALICE.replace('@', '%40')}"),
        *(f"tel:alice;phone-context={DOMAIN}", f"sip:alice%40{DOMAIN}@outside.example", f"sip:anonymous@{DOMAIN}"),
    ],
)
def test_a_stranger_does_not_become_one_of_ours_within_a_dialog(offices: Offices, method: str, sender: str) -> None:
    dialog = offices.dialog(offices.stranger())
    dialog.caller.sender = sender
    dialog.from_caller(method)
    assert dialog.caller.flow.take_response().status in (400, 403)
    assert offices.bob.flow.take() == []


@pytest.mark.parametrize(
    ("value", "status"),
    [
        (f"<sip:alice@{DOMAIN}:0>", 400),
        ("<alice@outside.example>", 400),
        (f"sip:someone;x=y@{DOMAIN}", 403),
        (f"{OUTSIDE};x=y@{DOMAIN}", 403),
    ],
)
def test_a_from_that_a_phone_may_read_in_another_way(offices: Offices, value: str, status: int) -> None:
    dialog = offices.dialog(offices.stranger())
    uri, route, to = dialog.to_callee
    text = dialog.caller.text("UPDATE", uri, route, to=to)
    offices.rig.receive(dialog.caller.flow, text.replace(f"<{OUTSIDE}>", value))
    assert dialog.caller.flow.take_response().status == status
    assert offices.bob.flow.take() == []


@pytest.mark.parametrize("sender", [OUTSIDE, "sip:someone.else@outside.example", "tel:+15551234"])
def test_a_stranger_remains_one(offices: Offices, sender: str) -> None:
    dialog = offices.dialog(offices.stranger())
    dialog.caller.sender = sender
    dialog.from_caller("UPDATE")
    assert offices.bob.flow.take_request().method == "UPDATE"


def test_a_bye_ends_the_call_whatever_its_from(offices: Offices) -> None:
    dialog = offices.dialog(offices.stranger())
    dialog.caller.sender = ALICE
    dialog.from_caller("BYE")
    assert offices.bob.flow.take_request().method == "BYE"


@pytest.mark.parametrize("sender", [ALICE, f"sip:alice@{DOMAIN.upper()}:5060;x=y", "sip:elsewhere@outside.example"])
def test_an_extension_remains_itself(offices: Offices, sender: str) -> None:
    dialog = offices.dialog(offices.caller(), proved=True)
    dialog.caller.sender = sender
    dialog.from_caller("INVITE")
    assert offices.bob.flow.take_request().method == "INVITE"


@pytest.mark.parametrize("sender", [BOB, CAROL, f"sip:alice2@{DOMAIN}", f"im:alice@{DOMAIN}"])
def test_an_extension_does_not_become_another(offices: Offices, sender: str) -> None:
    dialog = offices.dialog(offices.caller(), proved=True)
    dialog.caller.sender = sender
    dialog.from_caller("INVITE")
    assert responses(dialog.caller.flow) == ["403 Forbidden"]


@pytest.mark.parametrize("callee", [BOB, DIRECT_BOB, f"sip:bob@{DOMAIN.upper()}", f"{BOB};gr"])
@pytest.mark.parametrize("own", [False, True], ids=["the To", "its own address"])
def test_a_callee_is_who_was_called(offices: Offices, callee: str, own: bool) -> None:
    dialog = offices.dialog(offices.stranger(), callee)
    if own:
        dialog.callee.sender = BOB
    dialog.from_callee("INVITE")
    assert dialog.caller.flow.take_request().method == "INVITE"


def test_a_callee_does_not_become_another(offices: Offices) -> None:
    dialog = offices.dialog(offices.stranger())
    dialog.callee.sender = ALICE
    dialog.from_callee("INVITE")
    assert responses(offices.bob.flow) == ["403 Forbidden"]
