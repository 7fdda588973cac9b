"""Only colleagues make each other's phones act, and no peer says who calls."""

from __future__ import annotations

import pytest

from sip_edge.message.message import Message
from sip_edge.proxy.validation.trusted_headers import FOR_COLLEAGUES, IDENTITIES
from tests.sip_edge.caller import Caller, answer, responses
from tests.sip_edge.offices import ALICE, BOB, CAROL, DIRECT_BOB, DIRECT_CAROL, Dialog, Offices
from tests.sip_edge.rig import DOMAIN

CLAIMS = [f"{name}: <sip:boss@{DOMAIN}>" for name in IDENTITIES]
ACTIONS = [
    *(f"{name}: <urn:x>;info=alert-autoanswer" for name in FOR_COLLEAGUES),
    "ALERT-INFO : Auto Answer",
    "Alert-Info: <http://www.notused.example>;info=alert-autoanswer;delay=0",
    "alert-info:\r\n Ring Answer",
    "Priv-answer-mode: Auto;require",
    "Call-Info: <sip:pbx.example>;answer-after=0",
    "CALL-INFO: <sip:pbx.example>; Answer-After = 0",
    "Call-Info:answer-after=0",
    "Call-Info: \\;answer-after=0",
    "Call-Info: <sip:pbx.example;answer-after=0>",
    "Call-Info: <sip:pbx.example>;%61nswer-after=0",
    "Call-Info: <uri>;info=alert-autoanswer;delay=0",
    'Call-Info: <uri>;x="a, <uri>;answer-after=0',
    "Require: answermode",
    "X-Auto-Answer: now",
    "Auto-Answer: at once",
    "X-Cisco-Intercom: loud",
]
KEPT = ["Subject: hello", "Diversion: <sip:x@y.example>", "History-Info: <sip:x@y.example>;index=1", "Priority: urgent"]


@pytest.fixture
def offices() -> Offices:
    return Offices()


def passed(message: Message, headers: list[str]) -> list[str]:
    """Those of the headers whose value has passed."""
    lines = "\n".join(message.lines)
    return [header for header in headers if header.partition(":")[2].strip() in lines]


@pytest.mark.parametrize("header", [*CLAIMS, *ACTIONS])
def test_headers_of_a_stranger(offices: Offices, header: str) -> None:
    offices.stranger().send("INVITE", BOB, header, *KEPT)
    invite = offices.bob.flow.take_request()
    assert not passed(invite, [header])
    assert passed(invite, KEPT) == KEPT


@pytest.mark.parametrize("method", ["INVITE", "MESSAGE", "OPTIONS", "SUBSCRIBE", "INFO"])
@pytest.mark.parametrize("callee", [CAROL, DIRECT_CAROL])
def test_headers_of_another_customers_extension(offices: Offices, method: str, callee: str) -> None:
    offices.caller().send_proved("alice", method, callee, *CLAIMS, *ACTIONS, *KEPT)
    request = offices.bob.flow.take_request()
    assert not passed(request, [*CLAIMS, *ACTIONS])
    assert passed(request, KEPT) == KEPT


@pytest.mark.parametrize("callee", [BOB, DIRECT_BOB])
def test_a_colleague_may_page(offices: Offices, callee: str) -> None:
    actions = [header.replace("\r\n", "") for header in ACTIONS]
    offices.caller().send_proved("alice", "INVITE", callee, *CLAIMS, *actions)
    invite = offices.bob.flow.take_request()
    assert passed(invite, actions) == actions
    assert not passed(invite, CLAIMS)


@pytest.mark.parametrize("proved", [False, True])
@pytest.mark.parametrize("method", ["INVITE", "UPDATE", "INFO", "ACK", "BYE"])
def test_within_a_dialog(offices: Offices, proved: bool, method: str) -> None:
    caller = offices.caller() if proved else offices.stranger()
    dialog = offices.dialog(caller, CAROL if proved else BOB, proved)
    dialog.from_caller(method, *CLAIMS, *ACTIONS)
    assert not passed(offices.bob.flow.take_request(), [*CLAIMS, *ACTIONS])
    dialog.caller.flow.take()
    dialog.from_callee(method, *CLAIMS, *ACTIONS)
    assert not passed(dialog.caller.flow.take()[-1], [*CLAIMS, *ACTIONS])


def test_within_a_dialog_of_colleagues(offices: Offices) -> None:
    paging = ["Alert-Info: <urn:x>", "Call-Info: <sip:pbx.example>;answer-after=0"]
    dialog = offices.dialog(offices.caller(), proved=True)
    for method in ("INVITE", "ACK"):
        dialog.from_caller(method, *paging)
        assert passed(offices.bob.flow.take_request(), paging) == paging


@pytest.mark.parametrize("status", ["180 Ringing", "200 OK", "486 Busy Here", "302 Moved Temporarily"])
def test_responses_to_a_stranger(offices: Offices, status: str) -> None:
    caller = offices.stranger()
    caller.send("INVITE", BOB)
    caller.flow.take()
    headers = (*CLAIMS, *ACTIONS, *KEPT)
    offices.rig.receive(offices.bob.flow, answer(offices.bob.flow.take_request(), status, *headers))
    response = caller.flow.take_response()
    assert not passed(response, [*CLAIMS, *ACTIONS])
    assert passed(response, KEPT) == KEPT


def test_responses_of_a_stranger(offices: Offices) -> None:
    dialog = offices.dialog(offices.stranger())
    dialog.from_callee("INVITE")
    invite = dialog.caller.flow.take_request()
    offices.rig.receive(dialog.caller.flow, answer(invite, "200 OK", *CLAIMS, "Alert-Info: <urn:x>"))
    response = offices.bob.flow.take()[-1]
    assert not {"alert-info", *IDENTITIES} & set(response.names)


def test_responses_of_a_colleague(offices: Offices) -> None:
    caller = offices.caller()
    caller.send_proved("alice", "INVITE", BOB)
    caller.flow.take()
    alert = "Alert-Info: <urn:x>"
    offices.rig.receive(offices.bob.flow, answer(offices.bob.flow.take_request(), "180 Ringing", alert, *CLAIMS))
    response = caller.flow.take_response()
    assert passed(response, [alert])
    assert not passed(response, CLAIMS)


def test_other_values_of_call_info_stay(offices: Offices) -> None:
    photo, card = "<http://x.example/a,b.jpg>;purpose=icon", "<http://answers.example/card>;purpose=card"
    offices.stranger().send(
        "INVITE", BOB, f"Call-Info: {photo}, <sip:x>;answer-after=0, {card}", "Call-Info: <sip:y>;answer-after=1"
    )
    invite = offices.bob.flow.take_request()
    assert invite.values("call-info") == [photo, card]


def test_other_option_tags_stay(offices: Offices) -> None:
    offices.stranger().send("INVITE", BOB, "Require: 100rel, answermode", "Require: timer")
    assert offices.bob.flow.take_request().values("require") == ["100rel", "timer"]


@pytest.mark.parametrize(
    "to",
    [f"<{BOB};intercom=true>", f"<{BOB};x=y;Intercom=True>", f"<{BOB};%69ntercom=true>", f"<{BOB}>;answer-after=0"],
)
def test_a_to_that_makes_a_phone_answer(offices: Offices, to: str) -> None:
    stranger = offices.stranger()
    stranger.send("INVITE", BOB, to=to)
    assert responses(stranger.flow) == ["100 Trying", "403 Forbidden"]
    assert offices.bob.flow.take() == []


def test_an_extension_may_have_any_name(offices: Offices) -> None:
    offices.rig.add_extension("intercom")
    stranger = offices.stranger()
    stranger.send("INVITE", f"sip:intercom@{DOMAIN}")
    assert responses(stranger.flow)[-1] == "480 Temporarily Unavailable"


@pytest.mark.parametrize("method", ["REFER", "NOTIFY", "notify", "Refer"])
@pytest.mark.parametrize(("callee", "passes"), [(BOB, True), (DIRECT_BOB, True), (CAROL, False), (DIRECT_CAROL, False)])
def test_refer_and_notify_are_for_colleagues(offices: Offices, method: str, callee: str, passes: bool) -> None:
    caller = offices.caller()
    caller.send_proved("alice", method, callee, "Event: check-sync")
    if passes:
        assert offices.bob.flow.take_request().method == method
    else:
        assert responses(caller.flow) == ["403 Forbidden"]
        assert offices.bob.flow.take() == []
    for sender in ("sip:x@outside.example", ALICE):
        stranger = Caller(offices.rig, sender, offices.rig.flow("203.0.113.9", 5080))
        stranger.send(method, callee, "Event: check-sync")
        assert stranger.flow.take_response().status in (403, 407)


@pytest.mark.parametrize("event", ["talk", "hold", "check-sync;reboot=true", "Check-Sync", "ACTION-URI"])
@pytest.mark.parametrize("proved", [False, True])
def test_remote_control_within_a_dialog(offices: Offices, event: str, proved: bool) -> None:
    caller = offices.caller() if proved else offices.stranger()
    dialog = offices.dialog(caller, CAROL if proved else BOB, proved)
    for name in ("Event", "o"):
        dialog.from_caller("NOTIFY", f"{name}: {event}")
        assert responses(caller.flow) == ["403 Forbidden"]
    dialog.from_caller("NOTIFY", "Event: refer")
    assert offices.bob.flow.take_request().get("event") == "refer"


def test_remote_control_among_colleagues(offices: Offices) -> None:
    dialog: Dialog = offices.dialog(offices.caller(), proved=True)
    dialog.from_caller("NOTIFY", "Event: talk")
    assert offices.bob.flow.take_request().get("event") == "talk"
