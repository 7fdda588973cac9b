"""A caller's connection has ended, and the callee still has something to say (RFC 3263 §4.3, RFC 3261 §18.1.1)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sip_edge.message.message import Request
from sip_edge.resolver.hop import Hop
from tests.sip_edge.caller import OUTSIDE, Caller, answer, responses
from tests.sip_edge.rig import DOMAIN, FakeFlow, Phone, Rig

WAY_BACK = "sip:caller@gateway.outside.example"


@pytest.fixture
def rig() -> Rig:
    rig = Rig()
    rig.add_extension("bob")
    return rig


def broken_call(rig: Rig) -> tuple[Phone, Caller]:
    """A call that is up, whose caller's connection has ended. Returns the callee, and its side of the dialog."""
    bob = Phone(rig, "bob")
    assert bob.register().status == 200
    caller = Caller(rig, flow=rig.flow("203.0.113.5", 5080, "TCP"))
    caller.contact = WAY_BACK
    caller.send("INVITE", f"sip:bob@{DOMAIN}")
    invite = bob.flow.take_request()
    rig.receive(bob.flow, answer(invite, "200 OK"))
    caller.flow.closed = True
    side = Caller(rig, f"sip:bob@{DOMAIN}", bob.flow, caller.call_id)
    side.route = invite.get("record-route")
    return bob, side


def bye(side: Caller, *extra: str) -> None:
    side.send("BYE", "sip:anywhere@198.51.100.200", f"Route: {side.route}", *extra, to=f"<{OUTSIDE}>;tag=caller")


def hops(rig: Rig, *ways: tuple[str, str]) -> list[FakeFlow]:
    """The hops of the way back in DNS, and the flows that can be made there."""
    rig.hops["gateway.outside.example"] = [Hop(transport, host, 5060) for transport, host in ways]
    return [rig.flow(host, 5060, transport) for transport, host in ways]


def test_a_bye_finds_the_caller_by_dns(rig: Rig) -> None:
    _, side = broken_call(rig)
    (gateway,) = hops(rig, ("UDP", "203.0.113.80"))
    bye(side)
    request = gateway.take_request()
    assert (request.method, request.uri) == ("BYE", "sip:anywhere@198.51.100.200")
    rig.receive(gateway, answer(request, "200 OK"))
    assert responses(side.flow) == ["200 OK"]


def test_the_next_host_when_one_cannot_be_reached(rig: Rig) -> None:
    _, side = broken_call(rig)
    first, second = hops(rig, ("TCP", "203.0.113.80"), ("TCP", "203.0.113.81"))
    first.closed = True
    bye(side)
    assert second.take_request().method == "BYE"


def test_a_connection_that_ends_while_a_bye_is_under_way(rig: Rig) -> None:
    _, side = broken_call(rig)
    (gateway,) = hops(rig, ("UDP", "203.0.113.80"))
    lost = rig.flows["TCP/203.0.113.5:5080"]
    lost.closed = False
    lost.take()
    bye(side)
    assert lost.take_request().method == "BYE"
    rig.edge.lose(lost, rig.now)
    rig.advance(0.1)
    assert gateway.take_request().method == "BYE"


def test_the_next_host_when_one_says_nothing(rig: Rig) -> None:
    _, side = broken_call(rig)
    first, second = hops(rig, ("UDP", "203.0.113.80"), ("UDP", "203.0.113.81"))
    side.send("INVITE", "sip:x@192.0.2.1", f"Route: {side.route}", to=f"<{OUTSIDE}>;tag=caller")
    assert first.take_request().method == "INVITE"
    rig.advance(33)
    request = second.take()[0]
    assert isinstance(request, Request)
    rig.receive(second, answer(request, "200 OK"))
    assert responses(side.flow) == ["100 Trying", "200 OK"]


def test_a_large_request_goes_over_tcp_where_it_can(rig: Rig) -> None:
    _, side = broken_call(rig)
    hops(rig, ("UDP", "203.0.113.80"))
    large = "X-Large: " + "x" * 1300
    bye(side, large)
    assert rig.flows["UDP/203.0.113.80:5060"].take_request().method == "BYE"
    tcp = rig.flow("203.0.113.80", 5060, "TCP")
    bye(side, large)
    assert tcp.take_request().method == "BYE"
    bye(side)
    assert tcp.take() == []


def test_nothing_is_found(rig: Rig) -> None:
    _, side = broken_call(rig)
    bye(side)
    assert responses(side.flow) == ["480 Temporarily Unavailable"]


def test_the_request_uri_leads_nobody_else_there(rig: Rig) -> None:
    _, side = broken_call(rig)
    rig.hops["198.51.100.200"] = [Hop("UDP", "198.51.100.200", 5060)]
    victim = rig.flow("198.51.100.200")
    bye(side)
    assert victim.take() == []


def test_a_call_that_was_given_up_meanwhile_goes_nowhere(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    _, side = broken_call(rig)
    (gateway,) = hops(rig, ("UDP", "203.0.113.80"))
    lost = rig.flows["TCP/203.0.113.5:5080"]
    lost.closed = False
    lost.take()
    located: list[Callable[[], None]] = []
    locate = rig.locate
    monkeypatch.setattr(rig, "locate", lambda uri, then: located.append(lambda: locate(uri, then)))
    side.send("INVITE", "sip:x@192.0.2.1", f"Route: {side.route}", to=f"<{OUTSIDE}>;tag=caller")
    rig.edge.lose(lost, rig.now)
    rig.advance(0.1)
    side.send("CANCEL", "sip:x@192.0.2.1", cseq=side.cseq, branch=side.branch)
    (look_up,) = located
    look_up()
    assert gateway.take() == []
    assert responses(side.flow) == ["100 Trying", "200 OK", "487 Request Terminated"]
