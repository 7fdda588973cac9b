"""Requests for a phone that is gone or silent wait for its next registration, at whatever edge, for ten seconds."""

from __future__ import annotations

import pytest

from sip_edge.message.message import Request
from tests.sip_edge.caller import Caller, answer, responses
from tests.sip_edge.rig import DOMAIN, Phone, Rig, World

ALICE, BOB = f"sip:alice@{DOMAIN}", f"sip:bob@{DOMAIN}"
TRANSPORT = pytest.mark.parametrize("transport", ["UDP", "TCP", "TLS", "WS"])
CONNECTION = pytest.mark.parametrize("transport", ["TCP", "TLS", "WS"])
METHOD = pytest.mark.parametrize("method", ["INVITE", "MESSAGE"])
EDGE = pytest.mark.parametrize("returns_to", [0, 1, 2])


@pytest.fixture
def edges() -> list[Rig]:
    world = World()
    edges = [Rig(world, f"10.0.0.{i}:5070", media_anchoring="never") for i in (1, 2, 3)]
    edges[0].add_extension("alice")
    edges[0].add_extension("bob")
    return edges


def registered(edge: Rig, transport: str) -> Phone:
    phone = Phone(edge, "bob", edge.flow("198.51.100.9", 5002, transport))
    assert phone.register().status == 200
    edge.advance(1)
    return phone


def send(edge: Rig, method: str) -> Caller:
    caller = Caller(edge, ALICE)
    caller.send_proved("alice", method, BOB)
    return caller


def come_back(phone: Phone, edge: Rig, transport: str) -> list[str]:
    """Register from another place, and return the starts of all that the phone gets."""
    phone.rig, phone.flow = edge, edge.flow("203.0.113.99", 6000, transport)
    edge.receive(phone.flow, phone.register_text(phone.credentials(phone.challenge())))
    return [data.decode().partition("\r\n")[0] for data in phone.flow.sent]


def accept(phone: Phone) -> None:
    request = phone.flow.take()[-1]
    assert isinstance(request, Request)
    phone.rig.receive(phone.flow, answer(request, "200 OK", f"Contact: <{phone.contact}>"))


@CONNECTION
@METHOD
@EDGE
@pytest.mark.parametrize("after", [0.2, 3, 8])
def test_a_phone_that_is_gone_gets_it_after_its_2xx(
    edges: list[Rig], transport: str, method: str, returns_to: int, after: float
) -> None:
    bob = registered(edges[1], transport)
    edges[1].lose(bob.flow)
    caller = send(edges[0], method)
    edges[0].advance(after)
    got = come_back(bob, edges[returns_to], transport)
    assert got == ["SIP/2.0 200 OK", f"{method} {bob.contact} SIP/2.0"]
    accept(bob)
    assert responses(caller.flow)[-1] == "200 OK"


@TRANSPORT
@METHOD
@EDGE
@pytest.mark.parametrize("after", [0.1, 3, 8])
def test_a_phone_that_is_silent_gets_it_after_its_2xx(
    edges: list[Rig], transport: str, method: str, returns_to: int, after: float
) -> None:
    bob = registered(edges[1], transport)
    caller = send(edges[0], method)
    edges[0].advance(after)
    come_back(bob, edges[returns_to], transport)
    edges[0].advance(0.5)
    assert [data.split(b" ", 1)[0] for data in bob.flow.sent][:2] == [b"SIP/2.0", method.encode()]
    accept(bob)
    assert responses(caller.flow)[-1] == "200 OK"


@TRANSPORT
@METHOD
@pytest.mark.parametrize("is_lost", [False, True])
def test_it_goes_to_the_contact_that_the_phone_has_now(
    edges: list[Rig], transport: str, method: str, is_lost: bool
) -> None:
    bob = registered(edges[1], transport)
    if is_lost:
        edges[1].lose(bob.flow)
    send(edges[0], method)
    edges[0].advance(0.1)
    bob.contact = "sip:another-user@10.9.9.9:5099"
    bob.rig, bob.flow = edges[2], edges[2].flow("203.0.113.99", 6000, transport)
    authorization = bob.credentials(bob.challenge())
    edges[2].receive(bob.flow, bob.register_text("Path: <sip:sbc.example;lr>", "Supported: path", authorization))
    edges[0].advance(0.5)
    request = bob.flow.take_requests()[0]
    assert (request.method, request.uri) == (method, bob.contact)
    assert request.get("route") == "<sip:sbc.example;lr>"


@TRANSPORT
@METHOD
def test_without_a_sign_of_life_the_caller_has_the_truth_within_ten_seconds(
    edges: list[Rig], transport: str, method: str
) -> None:
    registered(edges[1], transport)
    caller = send(edges[0], method)
    edges[0].advance(9.8)
    refusal = caller.flow.take()[-1]
    assert refusal.start == "SIP/2.0 480 Temporarily Unavailable"
    assert refusal.get("retry-after") == "5"
    edges[0].advance(60)
    assert set(responses(caller.flow)) <= {"480 Temporarily Unavailable"}
    assert sum(len(edge.edge._transactions) for edge in edges) == 0


@CONNECTION
@METHOD
@pytest.mark.parametrize("since", [0, 29, 31])
def test_the_end_of_a_connection_is_remembered_for_30_seconds(
    edges: list[Rig], transport: str, method: str, since: float
) -> None:
    bob = registered(edges[1], transport)
    edges[1].lose(bob.flow)
    assert not edges[0].address("bob").bindings
    edges[0].advance(since)
    caller = send(edges[0], method)
    edges[0].advance(0.1)
    assert ("480 Temporarily Unavailable" in responses(caller.flow)) == (since > 30)


@TRANSPORT
def test_a_phone_that_has_unregistered_is_not_waited_for(edges: list[Rig], transport: str) -> None:
    bob = registered(edges[1], transport)
    assert bob.register("Expires: 0").status == 200
    caller = send(edges[0], "INVITE")
    assert responses(caller.flow)[-1] == "480 Temporarily Unavailable"


@METHOD
def test_other_requests_are_not_held(edges: list[Rig], method: str) -> None:
    bob = registered(edges[1], "TCP")
    edges[1].lose(bob.flow)
    caller = send(edges[0], "OPTIONS")
    assert responses(caller.flow)[-1] == "480 Temporarily Unavailable"


@TRANSPORT
@pytest.mark.parametrize("sign", ["100 Trying", "180 Ringing"])
def test_a_sign_of_life_is_enough(edges: list[Rig], transport: str, sign: str) -> None:
    bob = registered(edges[1], transport)
    caller = send(edges[0], "INVITE")
    edges[0].advance(3)
    invite = bob.flow.take()[0]
    assert isinstance(invite, Request)
    edges[1].receive(bob.flow, answer(invite, sign))
    edges[0].advance(20)
    assert "480 Temporarily Unavailable" not in responses(caller.flow)
    edges[1].receive(bob.flow, answer(invite, "200 OK", f"Contact: <{bob.contact}>"))
    assert responses(caller.flow) == ["200 OK"]


@TRANSPORT
def test_a_late_answer_is_ended_by_the_edge(edges: list[Rig], transport: str) -> None:
    bob = registered(edges[1], transport)
    caller = send(edges[0], "INVITE")
    edges[0].advance(12)
    invite = bob.flow.take()[0]
    assert isinstance(invite, Request)
    edges[1].receive(bob.flow, answer(invite, "200 OK", f"Contact: <{bob.contact}>"))
    assert [m.start.split(" ")[0] for m in bob.flow.take()] == ["ACK", "BYE"]
    assert "200 OK" not in responses(caller.flow)


@TRANSPORT
def test_a_cancel_reaches_a_phone_that_rings_late(edges: list[Rig], transport: str) -> None:
    bob = registered(edges[1], transport)
    caller = send(edges[0], "INVITE")
    edges[0].advance(12)
    assert responses(caller.flow)[-1] == "480 Temporarily Unavailable"
    invite = bob.flow.take()[0]
    assert isinstance(invite, Request)
    edges[1].receive(bob.flow, answer(invite, "180 Ringing"))
    assert bob.flow.take_request().method == "CANCEL"


@CONNECTION
def test_a_caller_that_gives_up_ends_the_hold(edges: list[Rig], transport: str) -> None:
    bob = registered(edges[1], transport)
    edges[1].lose(bob.flow)
    caller = send(edges[0], "INVITE")
    caller.send("CANCEL", BOB, cseq=caller.cseq, branch=caller.branch)
    assert responses(caller.flow)[-2:] == ["200 OK", "487 Request Terminated"]
    assert come_back(bob, edges[2], transport) == ["SIP/2.0 200 OK"]


@CONNECTION
def test_an_edge_that_goes_answers_held_requests(edges: list[Rig], transport: str) -> None:
    bob = registered(edges[1], transport)
    edges[1].lose(bob.flow)
    caller = send(edges[0], "INVITE")
    edges[0].advance(2)
    edges[0].edge.abandon(edges[0].now)
    assert responses(caller.flow)[-1] == "503 Service Unavailable"
    assert come_back(bob, edges[2], transport) == ["SIP/2.0 200 OK"]


@TRANSPORT
def test_a_482_over_the_new_flow_lets_the_first_invite_live(edges: list[Rig], transport: str) -> None:
    bob = registered(edges[1], transport)
    caller = send(edges[0], "INVITE")
    edges[0].advance(3)
    old = bob.flow
    first = old.take()[0]
    assert isinstance(first, Request)
    come_back(bob, edges[2], transport)
    second = bob.flow.take()[-1]
    assert isinstance(second, Request)
    edges[2].receive(bob.flow, answer(second, "482 Merged Request"))
    edges[1].receive(old, answer(first, "200 OK", f"Contact: <{bob.contact}>"))
    assert responses(caller.flow)[-1] == "200 OK"


@CONNECTION
def test_one_write_for_each_edge_and_address(edges: list[Rig], transport: str) -> None:
    bob = registered(edges[1], transport)
    edges[1].lose(bob.flow)
    edges[0].advance(1)
    writes = edges[0].store.writes
    for _ in range(5):
        send(edges[0], "MESSAGE")
    edges[0].advance(8)
    assert edges[0].store.writes == writes + 1
    assert len(edges[0].address("bob").waiting.edges) == 1
    come_back(bob, edges[2], transport)
    assert edges[0].store.writes == writes + 2
    assert not any(edges[0].address("bob").waiting)
    assert len(bob.flow.sent) == 6


def test_an_edge_alone_writes_nothing() -> None:
    rig = Rig()
    rig.add_extension("bob")
    rig.add_extension("alice")
    bob = registered(rig, "TCP")
    rig.lose(bob.flow)
    writes = rig.store.writes
    send(rig, "INVITE")
    rig.advance(5)
    assert rig.store.writes == writes
    assert come_back(bob, rig, "TCP")[1].startswith("INVITE")


def test_held_requests_of_an_address_are_bounded(edges: list[Rig]) -> None:
    bob = registered(edges[1], "TCP")
    edges[1].lose(bob.flow)
    callers = [send(edges[0], "MESSAGE") for _ in range(25)]
    edges[0].advance(3)
    come_back(bob, edges[0], "TCP")
    assert len(bob.flow.sent) == 21
    edges[0].advance(7)
    assert sum("480 Temporarily Unavailable" in responses(caller.flow) for caller in callers) >= 5
    assert edges[0].journal.counts["hold_refused"] == 5


@TRANSPORT
def test_an_outage_of_the_directory_ends_in_time(edges: list[Rig], transport: str) -> None:
    registered(edges[1], transport)
    caller = send(edges[0], "INVITE")
    edges[0].store.outage = True
    edges[0].advance(10)
    assert responses(caller.flow)[-1] == "480 Temporarily Unavailable"


@TRANSPORT
def test_a_device_of_lower_preference_has_time_to_answer(transport: str) -> None:
    rig = Rig()
    rig.add_extension("alice")
    rig.add_extension("bob", max_devices=2)
    first, second = (Phone(rig, "bob", rig.flow("198.51.100.9", port, transport)) for port in (5002, 5003))
    assert first.register(contact="<sip:bob@10.0.0.5>;q=1").status == 200
    assert second.register(contact="<sip:bob@10.0.0.6>;q=0.5").status == 200
    caller = send(rig, "INVITE")
    rig.advance(11)
    invite = second.flow.take()[0]
    assert isinstance(invite, Request)
    rig.receive(second.flow, answer(invite, "200 OK", f"Contact: <{second.contact}>"))
    assert responses(caller.flow)[-1] == "200 OK"


@CONNECTION
def test_a_connection_that_ends_before_any_answer(edges: list[Rig], transport: str) -> None:
    bob = registered(edges[1], transport)
    caller = send(edges[0], "INVITE")
    edges[1].lose(bob.flow)
    edges[0].advance(2)
    assert come_back(bob, edges[2], transport)[1].startswith("INVITE")
    accept(bob)
    assert responses(caller.flow)[-1] == "200 OK"


@CONNECTION
def test_a_cancel_while_it_waits_after_its_connection_has_ended(edges: list[Rig], transport: str) -> None:
    bob = registered(edges[1], transport)
    caller = send(edges[0], "INVITE")
    edges[1].lose(bob.flow)
    edges[0].advance(2)
    caller.send("CANCEL", BOB, cseq=caller.cseq, branch=caller.branch)
    assert responses(caller.flow)[-2:] == ["200 OK", "487 Request Terminated"]
    assert come_back(bob, edges[2], transport) == ["SIP/2.0 200 OK"]


@CONNECTION
def test_a_refresh_of_another_device_does_not_end_the_wait(edges: list[Rig], transport: str) -> None:
    edges[0].add_extension("bob", max_devices=2)
    bob = registered(edges[1], transport)
    caller = send(edges[0], "INVITE")
    edges[0].advance(3)
    other = Phone(edges[2], "bob", edges[2].flow("198.51.100.33", 5033))
    assert other.register().status == 200
    edges[0].advance(2)
    come_back(bob, edges[2], transport)
    edges[0].advance(0.1)
    accept(bob)
    assert responses(caller.flow)[-1] == "200 OK"
    assert not other.flow.take()


@METHOD
def test_a_phone_that_begins_anew_at_the_same_place_has_it_at_once(edges: list[Rig], method: str) -> None:
    bob = registered(edges[1], "UDP")
    caller = send(edges[0], method)
    edges[0].advance(5)
    first = bob.flow.take_requests()[0]
    bob.call_id, bob.cseq = "anew", 0
    challenge = bob.challenge()
    edges[1].receive(bob.flow, bob.register_text(bob.credentials(challenge)))
    response, again = bob.flow.take()
    assert response.start == "SIP/2.0 200 OK"
    assert (again.start, again.get("via")) == (first.start, first.get("via"))
    edges[1].receive(bob.flow, answer(first, "200 OK", f"Contact: <{bob.contact}>"))
    assert responses(caller.flow)[-1] == "200 OK"


@CONNECTION
@pytest.mark.parametrize(
    ("follows", "end", "has_registered"),
    [("registers", "registered", True), ("gives up", "cancelled", False), ("nothing", "unanswered", False)],
)
def test_a_hold_without_a_push_is_recorded(
    edges: list[Rig], transport: str, follows: str, end: str, has_registered: bool
) -> None:
    bob = registered(edges[1], transport)
    edges[1].lose(bob.flow)
    caller = send(edges[0], "INVITE")
    edges[0].advance(3)
    if follows == "registers":
        come_back(bob, edges[2], transport)
        accept(bob)
    elif follows == "gives up":
        caller.send("CANCEL", BOB, cseq=caller.cseq, branch=caller.branch)
    edges[0].advance(10)
    (wake_up,) = edges[0].world.ended_wake_ups
    assert (wake_up.service, wake_up.push, wake_up.end.value) == ("", None, end)
    assert (wake_up.after_s is not None) == has_registered
    assert wake_up.call_id == caller.call_id


@TRANSPORT
def test_a_device_that_is_slow_is_not_recorded(edges: list[Rig], transport: str) -> None:
    bob = registered(edges[1], transport)
    send(edges[0], "INVITE")
    edges[0].advance(3)
    edges[1].receive(bob.flow, answer(bob.flow.take_requests()[0], "180 Ringing"))
    edges[0].advance(40)
    assert not edges[0].world.ended_wake_ups
