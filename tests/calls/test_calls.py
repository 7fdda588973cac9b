"""Real phones call each other through the edge, and hear each other."""

from __future__ import annotations

import pytest

from tests.agents.phone import Phone
from tests.agents.phone_call import PhoneCall
from tests.agents.settings import Kind, Transport
from tests.calls.office import Office

PAIRS = pytest.mark.parametrize(("caller_kind", "callee_kind"), [("pjsua2", "baresip"), ("baresip", "pjsua2")])
OVER_BOTH = pytest.mark.parametrize("transport", ["udp", "tcp"])
LOW, HIGH = 440, 660


def talk(caller: Phone, callee: Phone, uri: str) -> tuple[PhoneCall, PhoneCall]:
    """A call that was answered, and in which both have heard each other."""
    call = caller.call(uri)
    incoming = callee.wait_incoming()
    call.wait_ringing()
    incoming.answer()
    call.wait_established()
    incoming.wait_established()
    call.wait_tone(HIGH)
    incoming.wait_tone(LOW)
    return call, incoming


@PAIRS
@OVER_BOTH
@pytest.mark.parametrize("by", ["extension", "direct"])
def test_a_call_between_extensions(
    office: Office, caller_kind: Kind, callee_kind: Kind, transport: Transport, by: str
) -> None:
    caller = office.registered(caller_kind, transport, LOW)
    extension = office.extension(direct=True)
    callee = office.phone(callee_kind, extension, "tcp" if transport == "udp" else "udp", tone=HIGH)
    callee.register()
    uri = callee.uri if by == "extension" else f"sip:direct.{extension['direct_hash']}@sip.{office.service.base}"
    call, incoming = talk(caller, callee, uri)
    call.hangup()
    assert call.wait_ended()[0] == 200
    assert incoming.wait_ended()[0] == 200


@PAIRS
def test_a_call_from_outside_and_the_callee_hangs_up(office: Office, caller_kind: Kind, callee_kind: Kind) -> None:
    caller = office.outside_caller(caller_kind, tone=LOW)
    callee = office.registered(callee_kind, tone=HIGH)
    call, incoming = talk(caller, callee, callee.uri)
    assert incoming.caller == "sip:stranger@outside.example"
    incoming.hangup()
    assert incoming.wait_ended()[0] == 200
    assert call.wait_ended()[0] == 200


@PAIRS
@OVER_BOTH
def test_hold_and_resume_from_either_side(
    office: Office, caller_kind: Kind, callee_kind: Kind, transport: Transport
) -> None:
    caller = office.registered(caller_kind, transport, LOW)
    callee = office.registered(callee_kind, transport, HIGH)
    call, incoming = talk(caller, callee, callee.uri)
    for holding, held, tone in ((call, incoming, LOW), (incoming, call, HIGH)):
        holding.hold()
        held.wait_held_by_peer()
        held.wait_silence()
        holding.resume()
        held.wait_held_by_peer(False)
        held.wait_tone(tone)
    call.hangup()
    assert incoming.wait_ended()[0] == 200


@PAIRS
def test_cancel(office: Office, caller_kind: Kind, callee_kind: Kind) -> None:
    caller, callee = office.registered(caller_kind), office.registered(callee_kind)
    call = caller.call(callee.uri)
    incoming = callee.wait_incoming()
    call.wait_ringing()
    call.cancel()
    assert call.wait_ended()[0] == 487
    assert incoming.wait_ended()[0] == 487


@PAIRS
def test_busy(office: Office, caller_kind: Kind, callee_kind: Kind) -> None:
    caller, callee = office.registered(caller_kind), office.registered(callee_kind)
    callee.set_answer_mode("busy")
    assert caller.call(callee.uri).wait_ended()[0] == 486


@PAIRS
def test_nobody_there(office: Office, caller_kind: Kind, callee_kind: Kind) -> None:
    caller = office.registered(caller_kind)
    unregistered = office.extension()
    assert caller.call(f"sip:{unregistered['username']}@{office.domain}").wait_ended()[0] == 480
    assert caller.call(f"sip:no-such@{office.domain}").wait_ended()[0] == 404


@pytest.mark.parametrize("kind", ["pjsua2", "baresip"])
def test_a_regenerated_hash_stops_at_the_next_call(office: Office, kind: Kind) -> None:
    extension = office.extension(direct=True)
    callee = office.phone(kind, extension)
    callee.register()
    callee.set_answer_mode("busy")
    caller = office.outside_caller("pjsua2")
    old = f"sip:direct.{extension['direct_hash']}@sip.{office.service.base}"
    assert caller.call(old).wait_ended()[0] == 486
    changed = office.rest("PUT", f"/{extension['id']}", direct_regenerate=True)
    new = f"sip:direct.{changed['direct_hash']}@sip.{office.service.base}"
    assert caller.call(old).wait_ended()[0] == 404
    assert caller.call(new).wait_ended()[0] == 486
    office.rest("PUT", f"/{extension['id']}", direct=False)
    assert caller.call(new).wait_ended()[0] == 404


def test_all_devices_ring_and_the_first_answer_wins(office: Office) -> None:
    extension = office.extension(max_devices=2)
    phones = [office.phone("pjsua2", extension, tone=HIGH), office.phone("baresip", extension, tone=HIGH)]
    for phone in phones:
        phone.register()
    caller = office.registered("pjsua2", tone=LOW)
    call = caller.call(phones[0].uri)
    ringing = [phone.wait_incoming() for phone in phones]
    ringing[1].answer()
    call.wait_established()
    assert ringing[0].wait_ended()[0] == 487
    call.wait_tone(HIGH)
    call.hangup()
    assert ringing[1].wait_ended()[0] == 200
