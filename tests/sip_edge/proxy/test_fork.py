"""Calls to several devices (RFC 3261 §16.7)."""

from __future__ import annotations

import pytest

from sip_edge.message.message import Request
from tests.sip_edge.caller import Caller, answer, responses
from tests.sip_edge.rig import DOMAIN, Phone, Rig

URI = f"sip:desk@{DOMAIN}"


@pytest.fixture
def rig() -> Rig:
    rig = Rig()
    rig.add_extension("desk", max_devices=3)
    return rig


def desk(rig: Rig, *qualities: str) -> list[Phone]:
    """Phones on one extension, registered with these q-values."""
    phones = [Phone(rig, "desk") for _ in qualities]
    for phone, q in zip(phones, qualities, strict=True):
        assert phone.register(contact=f"<{phone.contact}>;q={q}").status == 200
    return phones


def ring(rig: Rig, phones: list[Phone]) -> tuple[Caller, list[Request]]:
    caller = Caller(rig)
    caller.send("INVITE", URI)
    assert responses(caller.flow) == ["100 Trying"]
    return caller, [phone.flow.take_request() for phone in phones]


def test_all_ring_and_the_first_answer_wins(rig: Rig) -> None:
    phones = desk(rig, "1", "1")
    caller, invites = ring(rig, phones)
    for phone, invite in zip(phones, invites, strict=True):
        rig.receive(phone.flow, answer(invite, "180 Ringing"))
    assert responses(caller.flow) == ["180 Ringing"] * 2
    rig.receive(phones[0].flow, answer(invites[0], "200 OK"))
    assert responses(caller.flow) == ["200 OK"]
    assert phones[1].flow.take_request().method == "CANCEL"
    rig.receive(phones[1].flow, answer(invites[1], "487 Request Terminated"))
    assert responses(caller.flow) == []


def test_a_late_second_answer_is_thanked_and_sent_off(rig: Rig) -> None:
    phones = desk(rig, "1", "1")
    caller, invites = ring(rig, phones)
    for phone, invite in zip(phones, invites, strict=True):
        rig.receive(phone.flow, answer(invite, "200 OK", f"Contact: <{phone.contact}>", tag=phone.call_id))
    assert responses(caller.flow) == ["200 OK"]
    ack, bye = (m for m in phones[1].flow.take() if isinstance(m, Request))
    assert (ack.method, bye.method) == ("ACK", "BYE")
    assert ack.uri == bye.uri == phones[1].contact
    assert ack.get("to") == bye.get("to")
    assert ack.get("to").endswith(f";tag={phones[1].call_id}")
    assert (ack.get("cseq"), bye.get("cseq")) == ("1 ACK", "2 BYE")
    rig.receive(phones[1].flow, answer(bye, "200 OK"))
    rig.receive(phones[1].flow, answer(invites[1], "200 OK", f"Contact: <{phones[1].contact}>", tag="again"))
    assert phones[1].flow.take_request().method == "ACK"
    assert responses(caller.flow) == []


def test_a_lower_q_rings_when_all_of_a_higher_one_have_refused(rig: Rig) -> None:
    first, second, last = desk(rig, "0.9", "0.9", "0.2")
    caller, invites = ring(rig, [first, second])
    assert last.flow.take() == []
    rig.receive(first.flow, answer(invites[0], "486 Busy Here"))
    assert last.flow.take() == []
    rig.receive(second.flow, answer(invites[1], "480 Away"))
    third = last.flow.take_request()
    rig.receive(last.flow, answer(third, "200 OK"))
    assert responses(caller.flow) == ["200 OK"]


def test_6xx_ends_all(rig: Rig) -> None:
    first, second, last = desk(rig, "0.9", "0.9", "0.2")
    caller, invites = ring(rig, [first, second])
    rig.receive(second.flow, answer(invites[1], "180 Ringing"))
    caller.flow.take()
    rig.receive(first.flow, answer(invites[0], "603 Decline"))
    assert second.flow.take_request().method == "CANCEL"
    assert responses(caller.flow) == []
    rig.receive(second.flow, answer(invites[1], "487 Request Terminated"))
    assert responses(caller.flow) == ["603 Decline"]
    assert last.flow.take() == []


@pytest.mark.parametrize(
    ("refusals", "best"),
    [
        (("500 Oops", "486 Busy Here", "503 Gone"), "486 Busy Here"),
        (("404 Not Found", "302 Moved", "486 Busy Here"), "302 Moved"),
        (("486 Busy Here", "415 Unsupported Media Type", "404 Not Found"), "415 Unsupported Media Type"),
        (("503 Gone", "503 Gone", "503 Gone"), "500 Server Internal Error"),
        (("408 Too Late", "480 Away", "408 Too Late"), "480 Away"),
    ],
)
def test_the_best_refusal(rig: Rig, refusals: tuple[str, ...], best: str) -> None:
    phones = desk(rig, "1", "1", "1")
    caller, invites = ring(rig, phones)
    for phone, invite, refusal in zip(phones, invites, refusals, strict=True):
        rig.receive(phone.flow, answer(invite, refusal))
    assert responses(caller.flow) == [best]


def test_cancel_reaches_all(rig: Rig) -> None:
    phones = desk(rig, "1", "1", "0.1")
    caller, invites = ring(rig, phones[:2])
    for phone, invite in zip(phones, invites, strict=False):
        rig.receive(phone.flow, answer(invite, "180 Ringing"))
    caller.flow.take()
    caller.send("CANCEL", URI, cseq=1, branch=caller.branch)
    for phone, invite in zip(phones, invites, strict=False):
        assert phone.flow.take_request().method == "CANCEL"
        rig.receive(phone.flow, answer(invite, "487 Request Terminated"))
    assert responses(caller.flow) == ["200 OK", "487 Request Terminated"]
    assert phones[2].flow.take() == []
