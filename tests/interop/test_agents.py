"""Each agent over each of its transports: one test for each cell of the table."""

from __future__ import annotations

import time

import pytest

from tests.agents.phone_call import PhoneCall
from tests.interop.long_calls import LongCalls
from tests.interop.rows import CANNOT_BE_HEARD_AFTER_HOLD, CANNOT_REFRESH_ON_COMMAND, LISTS_IN_REST, ROWS, Row
from tests.interop.switchboard import EXPIRES, Desk, Switchboard

pytestmark = pytest.mark.usefixtures("fresh_after_failure")

EVERY_ROW = pytest.mark.parametrize("row", ROWS, ids=str)


def registered(switchboard: Switchboard, row: Row) -> Desk:
    """The row's phone, registered; it is so already unless an earlier test has failed."""
    agent = switchboard.agent(row)
    if not agent.phone.registered:
        agent.phone.register(EXPIRES)
    return agent


def talk(caller: Desk, callee: Desk) -> tuple[PhoneCall, PhoneCall]:
    """A call that was answered, and in which both hear each other."""
    call = caller.phone.call(callee.phone.uri)
    call.wait_ringing()  # first, for its failure tells more
    incoming = callee.phone.wait_incoming()
    incoming.answer()
    call.wait_established()
    incoming.wait_established()
    call.wait_tone(callee.tone)
    incoming.wait_tone(caller.tone)
    return call, incoming


@EVERY_ROW
def test_register(switchboard: Switchboard, row: Row) -> None:
    agent = switchboard.agent(row)
    for _ in range(2):
        agent.phone.register(EXPIRES)
        (device,) = switchboard.devices(agent)
        assert device["transport"] == row.agent.transport.upper()
        assert LISTS_IN_REST[row.agent.kind] in device["user_agent"]
        agent.phone.unregister()
        assert switchboard.devices(agent) == []
    agent.phone.register(EXPIRES)


@pytest.mark.parametrize("row", [row for row in ROWS if row.agent.kind not in CANNOT_REFRESH_ON_COMMAND], ids=str)
def test_refresh(switchboard: Switchboard, row: Row) -> None:
    agent = registered(switchboard, row)
    before = switchboard.expiry(agent)
    time.sleep(1.1)  # so that the new expiry shows in whole seconds
    agent.phone.refresh()
    assert switchboard.expiry(agent) > before


@EVERY_ROW
def test_call_out(switchboard: Switchboard, row: Row) -> None:
    call, incoming = talk(registered(switchboard, row), switchboard.peer(row))
    incoming.hangup()
    assert incoming.wait_ended()[0] == 200
    assert call.wait_ended()[0] == 200


@EVERY_ROW
def test_be_called(switchboard: Switchboard, row: Row) -> None:
    agent, peer = registered(switchboard, row), switchboard.peer(row)
    call, incoming = talk(peer, agent)
    assert incoming.caller == peer.phone.uri
    incoming.hangup()
    assert incoming.wait_ended()[0] == 200
    assert call.wait_ended()[0] == 200


@EVERY_ROW
def test_cancel(switchboard: Switchboard, row: Row) -> None:
    agent, peer = registered(switchboard, row), switchboard.peer(row)
    for caller, callee in ((agent, peer), (peer, agent)):
        call = caller.phone.call(callee.phone.uri)
        call.wait_ringing()
        incoming = callee.phone.wait_incoming()
        call.cancel()
        assert call.wait_ended()[0] == 487
        assert incoming.wait_ended()[0] == 487


@EVERY_ROW
def test_hold(switchboard: Switchboard, row: Row) -> None:
    agent, peer = registered(switchboard, row), switchboard.peer(row)
    call, incoming = talk(agent, peer)
    call.hold()
    incoming.wait_held_by_peer()
    incoming.wait_silence()
    call.resume()
    incoming.wait_held_by_peer(False)
    incoming.wait_tone(agent.tone)
    incoming.hold()
    call.wait_silence()
    incoming.resume()
    if row.agent.kind not in CANNOT_BE_HEARD_AFTER_HOLD:
        call.wait_tone(peer.tone)
    call.hangup()
    assert call.wait_ended()[0] == 200
    assert incoming.wait_ended()[0] == 200


@EVERY_ROW
def test_long_call(switchboard: Switchboard, long_calls: LongCalls, row: Row) -> None:
    long_calls.check(row)
