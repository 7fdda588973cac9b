"""A phone that shows its PURR in a dialog is pushed for the requests in it (RFC 8599 section 6)."""

from __future__ import annotations

import re

import pytest

from sip_edge.message.message import Request, Response
from sip_edge.push.outcome import NO_APP, Outcome, Result
from sip_edge.push.parameters import Purpose
from tests.sip_edge.caller import Caller, answer, responses
from tests.sip_edge.proxy.targets.sleeping_phones import ALICE, BOB, PushedPhone, call, ends, fleet
from tests.sip_edge.rig import Phone, Rig

VOIP = "cd" * 32
UNREGISTERED = Outcome(Result.UNREGISTERED, "UNREGISTERED")
CONNECTION = pytest.mark.parametrize("transport", ["TCP", "TLS", "WS", "WSS"])


@pytest.fixture
def edges() -> list[Rig]:
    return fleet()


def purr_of(response: Response) -> str:
    """Returns the PURR in a 200 to a REGISTER, "" when it has none."""
    found = set(re.findall(r';\+sip\.pnspurr="([^"]+)"', " ".join(response.values("feature-caps"))))
    assert len(found) <= 1
    return "".join(found)


def answered(edge: Rig, transport: str = "TLS", parameter: str = "pn-purr={}") -> tuple[PushedPhone, Caller]:
    """Returns a phone that has accepted a call and has fallen asleep, and its caller."""
    bob = PushedPhone(edge, transport)
    purr = purr_of(bob.register(contact=f"<{bob.contact}>"))
    caller = call(edge)
    invite = bob.invite()
    contact = f"Contact: <sip:bob@10.0.0.5;{parameter.format(purr)}>"
    edge.receive(bob.flow, answer(invite, "200 OK", contact))
    accepted = next(m for m in caller.flow.take() if isinstance(m, Response) and m.status == 200)
    assert "purr" not in accepted.get("contact").lower()
    assert purr not in accepted.encode().decode()
    caller.route = accepted.line("record-route").replace("Record-Route:", "Route:")
    edge.lose(bob.flow)
    edge.advance(60)
    edge.world.pusher.pushed.clear()
    return bob, caller


def send(caller: Caller, method: str) -> None:
    caller.send(method, "sip:bob@10.0.0.5", caller.route, to=f"<{BOB}>;tag=callee")


def purposes(edge: Rig) -> list[Purpose]:
    return [purpose for _, purpose in edge.world.pusher.pushed]


def test_a_200_has_another_purr_each_time(edges: list[Rig]) -> None:
    bob = PushedPhone(edges[0])
    found = [purr_of(bob.register(contact=f"<{bob.contact}>")) for _ in range(3)]
    assert len(set(found)) == 3
    assert all(re.fullmatch(r"[A-Za-z0-9_.~-]{8,}", purr) for purr in found)


def test_a_phone_that_is_woken_for_calls_alone_has_none(edges: list[Rig]) -> None:
    bob = PushedPhone(edges[0])
    contact = f"<sip:bob@10.0.0.5;pn-provider=apns;pn-param=TEAM012345.com.example.phone.voip;pn-prid={VOIP}>"
    assert not any("pnspurr" in caps for caps in bob.register(contact=contact).values("feature-caps"))


def test_a_question_and_another_phone_have_none(edges: list[Rig]) -> None:
    phone = Phone(edges[0], "bob")
    for contact in ("<sip:bob@10.0.0.5;pn-provider=fcm>", "<sip:bob@10.0.0.5>"):
        assert not any("pnspurr" in caps for caps in phone.register(contact=contact).values("feature-caps"))


@CONNECTION
@pytest.mark.parametrize("method", ["BYE", "INVITE", "UPDATE", "INFO", "NOTIFY"])
def test_a_request_in_the_dialog_wakes_the_phone_and_waits(edges: list[Rig], method: str, transport: str) -> None:
    bob, caller = answered(edges[0], transport)
    send(caller, method)
    assert purposes(edges[0]) == [Purpose.REFRESH]
    assert "180 Ringing" not in responses(caller.flow)
    edges[0].advance(4)
    assert bob.wake(edges[1])[:1] == ["SIP/2.0 200 OK"]
    (request,) = bob.flow.take_requests()
    assert request.method == method
    edges[1].receive(bob.flow, answer(request, "200 OK"))
    assert responses(caller.flow)[-1] == "200 OK"
    assert ends(edges[0]) == ["registered"]


@pytest.mark.parametrize("parameter", ["PN-PURR={}", "pn%2dpurr={}", "transport=tls;pn-purr={};x=y"])
def test_a_purr_is_known_however_it_is_spelled(edges: list[Rig], parameter: str) -> None:
    _, caller = answered(edges[0], parameter=parameter)
    send(caller, "BYE")
    assert purposes(edges[0]) == [Purpose.REFRESH]


def test_a_caller_with_a_purr_is_pushed_by_the_callee(edges: list[Rig]) -> None:
    edge = edges[0]
    desk = Phone(edge, "alice")
    desk.register()
    bob = PushedPhone(edge)
    purr = purr_of(bob.register(contact=f"<{bob.contact}>"))
    caller = Caller(edge, BOB, bob.flow)
    caller.contact = f"sip:bob@10.0.0.5;pn-purr={purr}"
    caller.send_proved("bob", "INVITE", ALICE)
    invite = desk.flow.take_requests()[-1]
    assert purr not in invite.encode().decode()
    edge.receive(desk.flow, answer(invite, "200 OK", f"Contact: <{desk.contact}>"))
    edge.lose(bob.flow)
    edge.advance(60)
    route = invite.line("record-route").replace("Record-Route:", "Route:")
    callee = Caller(edge, ALICE, desk.flow, caller.call_id)
    text = callee.text("BYE", caller.contact.partition(";")[0], route, to=f"<{BOB}>;tag=caller")
    edge.receive(desk.flow, text.replace(";tag=caller\r\nTo", ";tag=callee\r\nTo"))
    assert purposes(edge) == [Purpose.REFRESH]
    bob.wake(edges[2])
    assert [request.method for request in bob.flow.take_requests()] == ["BYE"]


@pytest.mark.parametrize("parameter", ["x={}", "pn-purr", "pn-provider=fcm"])
def test_a_phone_without_a_purr_is_not_pushed(edges: list[Rig], parameter: str) -> None:
    bob = PushedPhone(edges[0])
    bob.register(contact=f"<{bob.contact}>")
    caller = call(edges[0])
    edges[0].receive(bob.flow, answer(bob.invite(), "200 OK", f"Contact: <sip:bob@10.0.0.5;{parameter}>"))
    accepted = next(m for m in caller.flow.take() if isinstance(m, Response) and m.status == 200)
    caller.route = accepted.line("record-route").replace("Record-Route:", "Route:")
    edges[0].lose(bob.flow)
    edges[0].advance(60)
    send(caller, "BYE")
    assert not edges[0].world.pusher.pushed


def test_a_phone_that_is_awake_is_not_pushed(edges: list[Rig]) -> None:
    bob, caller = answered(edges[0])
    bob.wake(edges[1])
    bob.flow.take()
    send(caller, "BYE")
    assert [request.method for request in bob.flow.take_requests()] == ["BYE"]
    assert not edges[0].world.pusher.pushed


@pytest.mark.parametrize("outcome", [NO_APP, UNREGISTERED])
def test_a_phone_that_can_not_be_woken_is_gone(edges: list[Rig], outcome: Outcome) -> None:
    _, caller = answered(edges[0])
    edges[0].world.pusher.outcome = outcome
    send(caller, "BYE")
    edges[0].advance(10)
    assert responses(caller.flow)[-1] == "480 Temporarily Unavailable"


def test_a_request_ends_before_its_requester_gives_up(edges: list[Rig]) -> None:
    _, caller = answered(edges[0])
    send(caller, "BYE")
    edges[0].advance(18)
    assert responses(caller.flow) == ["100 Trying"]  # RFC 4320 §4.1
    edges[0].advance(4)
    assert responses(caller.flow) == ["480 Temporarily Unavailable"]
    edges[0].advance(31)
    assert ends(edges[0]) == ["unanswered"]


def test_a_phone_on_udp_is_pushed_when_it_is_silent(edges: list[Rig]) -> None:
    bob, caller = answered(edges[0], "UDP")
    bob.flow.closed = False
    send(caller, "BYE")
    edges[0].advance(1)
    assert not edges[0].world.pusher.pushed
    edges[0].advance(2)
    assert purposes(edges[0]) == [Purpose.REFRESH]
    bob.wake(edges[0])
    assert {request.method for request in bob.flow.take_requests()} == {"BYE"}


def test_several_requests_share_a_push(edges: list[Rig]) -> None:
    bob, caller = answered(edges[0])
    send(caller, "INFO")
    send(caller, "BYE")
    assert purposes(edges[0]) == [Purpose.REFRESH]
    bob.wake(edges[0])
    requests = [request.method for request in bob.flow.take() if isinstance(request, Request)]
    assert requests == ["INFO", "BYE"]
