"""The Reason of a CANCEL, and of a BYE to a device that answers too late (RFC 3326)."""

from __future__ import annotations

import pytest

from sip_edge.message.message import Request
from tests.sip_edge.caller import Caller, answer, responses
from tests.sip_edge.rig import DOMAIN, Phone, Rig

URI = f"sip:desk@{DOMAIN}"
ELSEWHERE = 'Reason: SIP;cause=200;text="Call completed elsewhere"'


class Ringing:
    """A call that rings at two devices, or at one while a second has not answered yet."""

    def __init__(self, *, is_second_silent: bool = False) -> None:
        self.rig = Rig()
        self.rig.add_extension("desk", max_devices=2)
        self.phones = [Phone(self.rig, "desk") for _ in range(2)]
        for phone in self.phones:
            assert phone.register().status == 200
        self.caller = Caller(self.rig)
        self.caller.send("INVITE", URI)
        self.invites = [phone.flow.take_request() for phone in self.phones]
        for n in range(1 if is_second_silent else 2):
            self.answer(n, "180 Ringing")
        self.caller.flow.take()

    def answer(self, n: int, status: str) -> None:
        phone = self.phones[n]
        self.rig.receive(phone.flow, answer(self.invites[n], status, f"Contact: <{phone.contact}>", tag=f"tag{n}"))

    def reasons(self, n: int) -> list[str]:
        """Those of the CANCEL that a phone gets now."""
        cancel = self.phones[n].flow.take_request()
        assert cancel.method == "CANCEL"
        assert cancel.get("cseq") == "1 CANCEL"
        return reasons(cancel)


def reasons(request: Request) -> list[str]:
    return [line for name, line in zip(request.names, request.lines, strict=True) if name == "reason"]


@pytest.mark.parametrize("is_second_silent", [False, True])
def test_the_call_is_completed_elsewhere(is_second_silent: bool) -> None:
    call = Ringing(is_second_silent=is_second_silent)
    call.answer(0, "200 OK")
    if is_second_silent:
        assert call.phones[1].flow.take() == []  # RFC 3261 §9.1
        call.answer(1, "180 Ringing")
    assert call.reasons(1) == [ELSEWHERE]


def test_a_device_that_answers_too_late_is_told_so() -> None:
    call = Ringing()
    call.answer(0, "200 OK")
    call.phones[1].flow.take()
    call.answer(1, "200 OK")
    ack, bye = (m for m in call.phones[1].flow.take() if isinstance(m, Request))
    assert (ack.method, bye.method) == ("ACK", "BYE")
    assert reasons(ack) == []
    assert reasons(bye) == [ELSEWHERE]


@pytest.mark.parametrize("is_second_silent", [False, True])
@pytest.mark.parametrize(
    "lines",
    [
        [],
        [ELSEWHERE],
        ['reason: Q.850 ;cause=16 ; text="Terminated, \\"so\\" to say"', "Reason: SIP;cause=600, Q.850;cause=17"],
        ['REASON: "unbalanced'],
    ],
)
def test_the_callers_own_reasons_pass_as_they_came(lines: list[str], is_second_silent: bool) -> None:
    call = Ringing(is_second_silent=is_second_silent)
    call.caller.send("CANCEL", URI, *lines, cseq=1, branch=call.caller.branch)
    assert responses(call.caller.flow) == ["200 OK"]
    if is_second_silent:
        call.answer(1, "180 Ringing")
    for n in range(2):
        assert call.reasons(n) == lines


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("603 Decline", 'Reason: SIP;cause=603;text="Decline"'),
        ("600 Busy Everywhere", 'Reason: SIP;cause=600;text="Busy Everywhere"'),
        ('607 "Un\\wanted"\t', 'Reason: SIP;cause=607;text="Unwanted"'),
        ("606 ", 'Reason: SIP;cause=606;text=""'),
    ],
)
def test_a_device_refuses_for_all(status: str, reason: str) -> None:
    call = Ringing()
    call.answer(0, status)
    assert call.reasons(1) == [reason]


def test_no_device_answers_in_time() -> None:
    call = Ringing()
    call.rig.advance(180.1)
    for n in range(2):
        assert call.reasons(n) == ['Reason: SIP;cause=408;text="Request Timeout"']


def test_the_edge_goes() -> None:
    call = Ringing()
    call.rig.edge.abandon(call.rig.now)
    assert responses(call.caller.flow) == ["503 Service Unavailable"]
    for n in range(2):
        assert call.reasons(n) == ['Reason: SIP;cause=503;text="Service Unavailable"']


def test_an_answer_that_crosses_the_end_of_the_edge_is_sent_off() -> None:
    call = Ringing()
    call.rig.edge.abandon(call.rig.now)
    call.phones[0].flow.take()
    call.answer(0, "200 OK")
    ack, bye = (m for m in call.phones[0].flow.take() if isinstance(m, Request))
    assert (ack.method, bye.method) == ("ACK", "BYE")
    assert reasons(bye) == ['Reason: SIP;cause=503;text="Service Unavailable"']
    assert responses(call.caller.flow) == ["503 Service Unavailable"]
