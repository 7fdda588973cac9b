"""A phone that changes its network before its call is answered."""

from __future__ import annotations

import pytest

from sip_edge.message.message import Request
from tests.sip_edge.caller import answer, responses
from tests.sip_edge.proxy.targets.test_moved_device import BOB, Call

TRANSPORT = pytest.mark.parametrize("transport", ["UDP", "TCP", "TLS", "WS"])
CONNECTION = pytest.mark.parametrize("transport", ["TCP", "TLS", "WS"])
EDGE = pytest.mark.parametrize("edge", [0, 1, 2])


def ringing(moves: str, transport: str, after_s: float = 0) -> tuple[Call, Request]:
    """A call that rings at both ends after a time, and the INVITE that bob has."""
    call = Call(moves, transport)
    invite = call.ring()
    call.edges[0].advance(after_s)
    call.bob.flow.take()  # repetitions
    call.bob.rig.receive(call.bob.flow, answer(invite, "180 Ringing", f"Contact: <{call.bob.contact}>"))
    assert responses(call.alice.flow)[-1] == "180 Ringing"
    return call, invite


@TRANSPORT
@EDGE
def test_a_cancel_reaches_a_callee_that_has_moved(transport: str, edge: int) -> None:
    call, invite = ringing("bob", transport)
    call.move(edge, transport)
    call.caller.send("CANCEL", BOB, cseq=call.caller.cseq, branch=call.caller.branch)
    call.edges[0].advance(0.9)
    cancel = call.bob.flow.take_request()
    assert cancel.method == "CANCEL"
    assert cancel.get("via") == invite.get("via")
    call.bob.rig.receive(call.bob.flow, answer(cancel, "200 OK"))
    call.bob.rig.receive(call.bob.flow, answer(invite, "487 Request Terminated"))
    assert responses(call.alice.flow)[-1] == "487 Request Terminated"


@CONNECTION
@EDGE
@pytest.mark.parametrize("after_s", [0, 1, 3])
def test_a_callee_whose_connection_ends_while_it_rings(transport: str, edge: int, after_s: float) -> None:
    call, invite = ringing("bob", transport, after_s)
    call.edges[1].lose(call.bob.flow)
    call.edges[0].advance(1)
    call.move(edge, transport)
    call.edges[0].advance(0.5)
    again = call.bob.flow.take_request()
    assert (again.method, again.get("via")) == ("INVITE", invite.get("via"))
    call.bob.rig.receive(call.bob.flow, answer(invite, "200 OK", f"Contact: <{call.bob.contact}>"))
    assert responses(call.alice.flow)[-1] == "200 OK"


@CONNECTION
def test_a_callee_whose_connection_ends_for_good_while_it_rings(transport: str) -> None:
    call, _ = ringing("bob", transport)
    call.edges[1].lose(call.bob.flow)
    call.edges[0].advance(10)
    assert responses(call.alice.flow)[-1] == "480 Temporarily Unavailable"


@TRANSPORT
@EDGE
def test_a_caller_that_has_moved_gets_the_answer(transport: str, edge: int) -> None:
    call, invite = ringing("alice", transport)
    call.move(edge, transport)
    accepted = answer(invite, "200 OK", f"Contact: <{call.bob.contact}>")
    call.bob.rig.receive(call.bob.flow, accepted)
    for _ in range(3):  # until the ACK comes (RFC 3261 §13.3.1.4)
        call.edges[0].advance(0.5)
        call.bob.rig.receive(call.bob.flow, accepted)
    assert responses(call.alice.flow)[-1] == "200 OK"


@CONNECTION
@EDGE
def test_a_caller_whose_connection_has_ended_gets_the_answer(transport: str, edge: int) -> None:
    call, invite = ringing("alice", transport)
    call.edges[0].lose(call.alice.flow)
    call.move(edge, transport)
    accepted = answer(invite, "200 OK", f"Contact: <{call.bob.contact}>")
    for _ in range(3):
        call.bob.rig.receive(call.bob.flow, accepted)
        call.edges[0].advance(0.5)
    assert responses(call.alice.flow)[-1] == "200 OK"


@CONNECTION
@EDGE
def test_a_call_is_given_up_while_its_ringing_callee_is_away(transport: str, edge: int) -> None:
    call, invite = ringing("bob", transport)
    call.edges[1].lose(call.bob.flow)
    call.edges[0].advance(1)
    call.caller.send("CANCEL", BOB, cseq=call.caller.cseq, branch=call.caller.branch)
    assert responses(call.alice.flow)[-1] == "487 Request Terminated"
    call.move(edge, transport)
    call.edges[0].advance(0.5)
    cancel = call.bob.flow.take_request()
    assert (cancel.method, cancel.get("via")) == ("CANCEL", invite.get("via"))
    for status in ("200 OK", "487 Request Terminated"):
        call.bob.rig.receive(call.bob.flow, answer(cancel if status == "200 OK" else invite, status))
    call.edges[0].advance(200)
    assert not any(len(edge.edge._transactions) for edge in call.edges)
