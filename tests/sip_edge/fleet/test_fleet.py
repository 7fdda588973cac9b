"""Edges that are one to everybody else: what one can't do itself, another does for it."""

from __future__ import annotations

import pytest

from sip_edge.message.message import Request
from tests.sip_edge.caller import Caller, answer, responses
from tests.sip_edge.rig import DOMAIN, EDGE, FakeFlow, Phone, Rig, World

BOB = f"sip:bob@{DOMAIN}"
OVER = pytest.mark.parametrize("transport", ["UDP", "TCP"])


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def edges(world: World) -> list[Rig]:
    edges = [Rig(world, f"10.0.0.{i}:5070") for i in (1, 2, 3)]
    edges[0].add_extension("alice")
    edges[0].add_extension("bob")
    return edges


def registered(edge: Rig, username: str, transport: str = "UDP") -> Phone:
    phone = Phone(edge, username, edge.flow("198.51.100.9", 5000 + int(edge.unique()), transport))
    assert phone.register().status == 200
    return phone


def through(edge: Rig, flow: FakeFlow) -> FakeFlow:
    """The same peer's flow when the balancer brings it to another edge."""
    return edge.flow(flow.host, flow.port, flow.transport)


def ring(edge: Rig, bob: Phone) -> tuple[Caller, Request]:
    caller = Caller(edge)
    caller.send("INVITE", BOB)
    return caller, bob.flow.take_request()


def tapped(world: World) -> list[bytes]:
    """The datagrams that edges send each other from now on, all of which arrive."""
    seen: list[bytes] = []

    def keep(datagram: bytes) -> bool:
        seen.append(datagram)
        return True

    world.pass_datagram = keep
    return seen


def counts(edges: list[Rig], event: str) -> int:
    return sum(edge.journal.counts[event] for edge in edges)


@OVER
def test_a_call_to_a_phone_at_another_edge_from_invite_to_bye(edges: list[Rig], transport: str) -> None:
    bob = registered(edges[1], "bob", transport)
    caller, invite = ring(edges[0], bob)
    assert invite.line("via").startswith(f"Via: SIP/2.0/{transport} {EDGE}:5060;branch=")
    assert f"@{EDGE}:5060" in invite.get("record-route")
    assert ":5070" not in invite.encode().decode()
    edges[1].receive(bob.flow, answer(invite, "180 Ringing"))
    edges[1].receive(bob.flow, answer(invite, "200 OK", f"Contact: <{bob.contact}>"))
    trying, ringing, ok = caller.flow.take()
    assert [m.start[8:11] for m in (trying, ringing, ok)] == ["100", "180", "200"]

    # What comes next may come through any edge, from either side.
    elsewhere = Caller(edges[2], caller.sender, through(edges[2], caller.flow), caller.call_id)
    route = f"Route: {ok.get('record-route')}"
    elsewhere.send("ACK", bob.contact, route, to=ok.get("to"))
    assert bob.flow.take_request().method == "ACK"
    bye = Caller(edges[2], BOB, through(edges[2], bob.flow), caller.call_id)
    bye.send("BYE", caller.contact, f"Route: {invite.get('record-route')}", to=f"<{caller.sender}>;tag=caller")
    request = caller.flow.take_request()
    assert request.method == "BYE"
    edges[0].receive(caller.flow, answer(request, "200 OK"))
    assert responses(bye.flow) == ["200 OK"]
    assert counts(edges, "dropped_stray_response") == 0


def test_a_response_may_reach_any_edge(edges: list[Rig]) -> None:
    bob = registered(edges[1], "bob")
    caller, invite = ring(edges[0], bob)
    moved = through(edges[2], bob.flow)
    edges[2].receive(moved, answer(invite, "486 Busy Here"))
    assert responses(caller.flow) == ["100 Trying", "486 Busy Here"]
    assert moved.take_request().method == "ACK"  # what comes next goes where the answer came from


def test_nobody_makes_an_edge_send_anywhere_by_a_branch(edges: list[Rig], world: World) -> None:
    bob = registered(edges[1], "bob")
    _, invite = ring(edges[0], bob)
    via = invite.line("via")
    branch = via.partition("branch=")[2].partition(";")[0]
    token, _, mark = branch.partition(".")
    sent = tapped(world)
    for forged in (
        f"{token}.{'0a000063'}13ce{mark[-16:]}",
        f"{token}.{mark[:-1]}{'0' if mark[-1] != '0' else '1'}",
        f"{token}.",
        f"{token}.é{mark[1:]}",
        token,
    ):
        invite.replace("via", via.replace(branch, forged))
        edges[1].receive(bob.flow, answer(invite, "200 OK"))
    assert sent == []
    assert edges[1].journal.counts["dropped_stray_response"] + edges[1].journal.counts["dropped_malformed"] == 5


def test_a_response_to_nobody_is_handed_on_once(edges: list[Rig]) -> None:
    bob = registered(edges[1], "bob")
    _, invite = ring(edges[0], bob)
    invite.replace("via", invite.line("via").replace("z9hG4bK", "z9hG4bKx"))
    edges[1].receive(bob.flow, answer(invite, "200 OK"))
    assert counts(edges, "fleet_handed_over") == 1
    assert edges[0].journal.counts["dropped_stray_response"] == 1


@OVER
def test_a_second_device_elsewhere_is_told_of_the_first(edges: list[Rig], transport: str) -> None:
    bob = registered(edges[1], "bob", transport)
    edges[0].advance(1)
    other = Phone(edges[0], "bob")
    challenge = other.challenge()
    edges[0].receive(other.flow, other.register_text(other.credentials(challenge)))
    question = bob.flow.take_request()
    assert question.method == "OPTIONS"
    edges[1].receive(bob.flow, answer(question, "200 OK"))
    assert other.flow.take_response().status == 403


def test_a_large_message_reaches_a_phone_at_another_edge(edges: list[Rig]) -> None:
    bob = registered(edges[1], "bob", "TCP")
    caller = Caller(edges[0], flow=edges[0].flow("203.0.113.5", 5080, "TCP"))
    text = caller.text("INVITE", BOB).replace("Content-Length: 5\r\n\r\nv=0\r\n", "Content-Length: 200000\r\n\r\n")
    edges[0].receive(caller.flow, text + "x" * 200_000)
    assert len(bob.flow.take_request().body) == 200_000


def test_a_connection_that_ends_while_its_phone_rings_for_another_edge(edges: list[Rig]) -> None:
    bob = registered(edges[1], "bob", "TCP")
    caller, invite = ring(edges[0], bob)
    edges[1].receive(bob.flow, answer(invite, "180 Ringing"))
    edges[1].lose(bob.flow)
    edges[0].advance(8)  # it may come back, and rings on
    assert responses(caller.flow)[-1] == "180 Ringing"
    edges[0].advance(2)
    assert set(responses(caller.flow)) == {"480 Temporarily Unavailable"}


def test_a_connection_that_has_ended_unnoticed(edges: list[Rig]) -> None:
    bob = registered(edges[1], "bob", "TCP")
    bob.flow.closed = True
    caller = Caller(edges[0])
    caller.send("INVITE", BOB)
    edges[0].advance(10)  # the call waits for the phone in the meantime
    assert responses(caller.flow)[:2] == ["100 Trying", "480 Temporarily Unavailable"]


@pytest.mark.parametrize("lost", [1, 2], ids=["the message", "its acknowledgement"])
def test_a_lost_datagram_is_sent_again_and_acted_upon_once(edges: list[Rig], world: World, lost: int) -> None:
    bob = registered(edges[1], "bob", "TCP")
    sent: list[bytes] = []

    def lose_one(datagram: bytes) -> bool:
        sent.append(datagram)
        return len(sent) != lost

    world.pass_datagram = lose_one
    caller = Caller(edges[0])
    caller.send("INVITE", BOB)
    assert len(bob.flow.sent) == lost - 1
    edges[0].advance(3)
    assert bob.flow.take_request().method == "INVITE"
    assert len(sent) == 2 + lost
    assert responses(caller.flow) == ["100 Trying"]


def test_a_replayed_datagram_does_nothing(edges: list[Rig], world: World) -> None:
    bob = registered(edges[1], "bob", "TCP")
    seen = tapped(world)
    ring(edges[0], bob)
    for edge in edges:
        assert edge.member
        for datagram in seen:
            edge.member.channel.receive(datagram, world.now)
            edge.member.channel.receive(datagram, world.now + 60)
            edge.member.channel.receive(datagram[:-1] + bytes([datagram[-1] ^ 1]), world.now)
    world.deliver()
    assert bob.flow.take() == []


@pytest.mark.parametrize("moment", ["at once", "once it is known to be gone"])
def test_a_call_to_a_connection_of_a_dead_edge_fails_in_seconds(edges: list[Rig], moment: str) -> None:
    registered(edges[1], "bob", "TCP")
    edges[1].die()
    caller = Caller(edges[0])
    caller.send("INVITE", BOB)
    if moment == "at once":
        edges[0].advance(10)
        assert responses(caller.flow)[:2] == ["100 Trying", "480 Temporarily Unavailable"]
    else:
        edges[0].advance(5)
        again = Caller(edges[0], flow=edges[0].flow("203.0.113.6"))
        again.send("INVITE", BOB)
        edges[0].advance(10)
        assert responses(again.flow)[:2] == ["100 Trying", "480 Temporarily Unavailable"]


def test_a_call_to_a_phone_that_a_dead_edge_left_behind_fails_in_seconds(edges: list[Rig]) -> None:
    registered(edges[1], "bob")
    edges[1].die()
    caller = Caller(edges[0])
    caller.send("INVITE", BOB)
    edges[0].advance(10)
    assert responses(caller.flow)[:2] == ["100 Trying", "480 Temporarily Unavailable"]


def know_each_other(edges: list[Rig]) -> None:
    """By a call from one to the other."""
    edges[0].add_extension("carol")
    carol = registered(edges[2], "carol")
    caller = Caller(edges[0], flow=edges[0].flow("203.0.113.99", 5099))
    caller.send("INVITE", f"sip:carol@{DOMAIN}")
    edges[2].receive(carol.flow, answer(carol.flow.take_request(), "486 Busy Here"))


@pytest.mark.parametrize("sign", ["keepalive", "response"])
def test_a_phone_is_reached_again_once_it_sends_anything_through_another_edge(edges: list[Rig], sign: str) -> None:
    know_each_other(edges)
    bob = registered(edges[1], "bob")
    _, invite = ring(edges[0], bob)
    edges[1].die()
    moved = through(edges[2], bob.flow)
    edges[2].receive(moved, "\r\n\r\n" if sign == "keepalive" else answer(invite, "180 Ringing"))
    caller = Caller(edges[0], flow=edges[0].flow("203.0.113.6"))
    caller.send("INVITE", BOB)
    edges[0].advance(2.2)
    arrived = moved.take_requests()
    assert {m.start for m in arrived} == {f"INVITE {bob.contact} SIP/2.0"}
    edges[2].receive(moved, answer(arrived[-1], "200 OK"))
    assert responses(caller.flow) == ["100 Trying", "200 OK"]

    third = Caller(edges[0], flow=edges[0].flow("203.0.113.7"))
    third.send("INVITE", BOB)
    assert len(moved.take()) == 1  # nobody waits for the dead edge again


def test_a_phone_is_reached_at_the_edge_that_looks_for_it(edges: list[Rig]) -> None:
    bob = registered(edges[1], "bob")
    edges[1].die()
    moved = through(edges[0], bob.flow)
    edges[0].receive(moved, "\r\n\r\n")
    caller = Caller(edges[0])
    caller.send("INVITE", BOB)
    edges[0].advance(2.2)
    invite = moved.take_request()
    edges[0].receive(moved, answer(invite, "200 OK"))
    assert responses(caller.flow) == ["100 Trying", "200 OK"]


@pytest.mark.parametrize("heard", ["before the call", "while it begins"])
def test_a_phone_that_was_here_before_is_reached_where_it_is_by_now(edges: list[Rig], heard: str) -> None:
    know_each_other(edges)
    bob = registered(edges[0], "bob")
    here = bob.flow
    edges[0].advance(1)
    bob.rig, bob.flow = edges[1], through(edges[1], here)
    assert bob.register().status == 200
    edges[1].die()
    moved = through(edges[2], here)
    if heard == "before the call":
        edges[2].receive(moved, "\r\n\r\n")
    caller = Caller(edges[0])
    caller.send("INVITE", BOB)
    if heard == "while it begins":
        edges[0].advance(2.2)
        edges[2].receive(moved, "\r\n\r\n")
    edges[0].advance(2.2)
    invite = moved.take()[-1]
    assert isinstance(invite, Request)
    edges[2].receive(moved, answer(invite, "180 Ringing"))
    edges[0].advance(60)
    edges[2].receive(moved, answer(invite, "200 OK"))
    assert responses(caller.flow) == ["100 Trying", "180 Ringing", "200 OK"]


def test_a_phone_that_was_here_before_and_is_gone_fails_in_seconds(edges: list[Rig]) -> None:
    know_each_other(edges)
    bob = registered(edges[0], "bob")
    edges[0].advance(1)
    bob.rig, bob.flow = edges[1], through(edges[1], bob.flow)
    assert bob.register().status == 200
    edges[1].die()
    caller = Caller(edges[0])
    caller.send("INVITE", BOB)
    edges[0].advance(10)
    assert responses(caller.flow)[:2] == ["100 Trying", "480 Temporarily Unavailable"]


def test_a_phone_that_answers_without_a_balancer_is_found_by_its_answer(edges: list[Rig]) -> None:
    bob = registered(edges[1], "bob")
    edges[1].die()
    here = through(edges[0], bob.flow)
    caller = Caller(edges[0])
    caller.send("INVITE", BOB)
    edges[0].advance(2.2)
    invite = here.take()[-1]
    assert isinstance(invite, Request)
    edges[0].receive(here, answer(invite, "180 Ringing"))
    edges[0].advance(60)
    assert responses(caller.flow) == ["100 Trying", "180 Ringing"]


@OVER
def test_a_phone_that_registers_elsewhere_is_there_at_once(edges: list[Rig], transport: str) -> None:
    bob = registered(edges[1], "bob", transport)
    edges[1].die()
    edges[2].advance(1)
    bob.rig, bob.flow = edges[2], edges[2].flow("198.51.100.9", 5999, transport)
    assert bob.register().status == 200
    _, invite = ring(edges[0], bob)
    assert invite.method == "INVITE"


def test_an_edge_in_its_next_life_is_another_edge(edges: list[Rig], world: World) -> None:
    registered(edges[1], "bob", "TCP")
    edges[1].die()
    edges[0].advance(1)
    Rig(world, "10.0.0.2:5070")
    caller = Caller(edges[0])
    caller.send("INVITE", BOB)
    edges[0].advance(10)
    assert responses(caller.flow)[:2] == ["100 Trying", "480 Temporarily Unavailable"]


def test_an_edge_that_comes_back_reaches_the_phones_of_its_former_life(edges: list[Rig], world: World) -> None:
    bob = registered(edges[1], "bob")
    edges[1].die()
    edges[0].advance(1)
    again = Rig(world, "10.0.0.2:5070")
    there = through(again, bob.flow)
    again.receive(there, "\r\n\r\n")
    caller = Caller(edges[0])
    caller.send("INVITE", BOB)
    edges[0].advance(0.6)
    invite = there.take()[-1]
    assert isinstance(invite, Request)
    again.receive(there, answer(invite, "200 OK"))
    assert responses(caller.flow) == ["100 Trying", "200 OK"]
    itself = Caller(again)
    itself.send("INVITE", BOB)
    assert len(there.take()) == 1


def test_a_phone_that_registered_before_there_was_a_fleet(edges: list[Rig], world: World) -> None:
    bob = registered(Rig(world), "bob")
    here = through(edges[0], bob.flow)
    caller = Caller(edges[0])
    caller.send("INVITE", BOB)
    edges[0].receive(here, answer(here.take_request(), "200 OK"))
    edges[0].advance(5)
    assert responses(caller.flow) == ["100 Trying", "200 OK"]


def test_edges_with_another_secret_are_no_peers(edges: list[Rig], world: World) -> None:
    stranger = Rig(world, "10.0.0.9:5070", sip_secret="x" * 32)
    registered(edges[1], "bob", "TCP")
    caller = Caller(stranger)
    caller.send("INVITE", BOB)
    stranger.advance(2.2)
    assert edges[1].journal.counts["fleet_refused"] == 2
    stranger.advance(8)
    assert responses(caller.flow)[:2] == ["100 Trying", "480 Temporarily Unavailable"]


def test_edges_get_to_know_each_other_through_one_that_knows_both(edges: list[Rig]) -> None:
    edges[0].add_extension("carol")
    for edge, username in ((edges[1], "bob"), (edges[2], "carol")):
        phone = registered(edge, username)
        caller = Caller(edges[0], flow=edges[0].flow("203.0.113.99", 5099))
        caller.send("INVITE", f"sip:{username}@{DOMAIN}")
        edge.receive(phone.flow, answer(phone.flow.take_request(), "486 Busy Here"))
    names = [edge.member.name for edge in edges if edge.member]
    assert edges[1].member
    assert edges[1].member.channel.peers(edges[1].now) == [names[0]]
    edges[0].advance(10.1)
    assert sorted(edges[1].member.channel.peers(edges[1].now)) == [names[0], names[2]]
    edges[2].die()
    edges[0].advance(20)
    assert edges[1].member.channel.peers(edges[1].now) == [names[0]]
    Rig(edges[0].world, "10.0.0.3:5070")
    edges[0].advance(10)
    assert len(edges[1].member.channel.peers(edges[1].now)) == 2


def test_an_edge_that_starts_meets_those_that_it_has_read_of(edges: list[Rig], world: World) -> None:
    names = [edge.member.name for edge in edges if edge.member]
    started = Rig(world, "10.0.0.4:5070")
    assert started.member
    started.member.meet([*names, started.member.name])
    world.deliver()
    assert sorted(started.member.channel.peers(started.now)) == names


@pytest.mark.parametrize("holder", ["itself", "a peer"])
def test_a_leaving_edge_sends_every_way_to_a_phone_that_may_have_moved(edges: list[Rig], holder: str) -> None:
    know_each_other(edges)
    bob = registered(edges[1], "bob")
    calling = edges[1] if holder == "itself" else edges[0]
    carol = Caller(edges[2], flow=edges[2].flow("203.0.113.98"))
    carol.send("INVITE", BOB)  # now the others know edge 1, too
    edges[1].receive(bob.flow, answer(bob.flow.take_request(), "486 Busy Here"))
    bob.flow.take()
    edges[0].advance(11)
    assert edges[1].member
    edges[1].member.begin_to_leave()

    stayed = Caller(calling, flow=calling.flow("203.0.113.20"))
    stayed.send("INVITE", BOB)
    edges[1].receive(bob.flow, answer(bob.flow.take_request(), "200 OK"))
    edges[0].advance(5)
    assert responses(stayed.flow) == ["100 Trying", "200 OK"]

    moved = through(edges[2], bob.flow)
    edges[2].receive(moved, "\r\n\r\n")
    gone = Caller(calling, flow=calling.flow("203.0.113.21"))
    gone.send("INVITE", BOB)
    edges[2].receive(moved, answer(moved.take_request(), "200 OK"))
    edges[0].advance(5)
    assert responses(gone.flow) == ["100 Trying", "200 OK"]

    edges[1].edge.send_handover_pings(0, edges[1].now)
    edges[1].member.leave(edges[1].now)
    edges[1].world.deliver()
    edges[1].die()
    if holder == "a peer":
        later = Caller(calling, flow=calling.flow("203.0.113.22"))
        later.send("INVITE", BOB)
        assert moved.take_request().method == "INVITE"  # nobody waits for the edge that has said goodbye


def test_a_handover_ping_asks_each_phone_on_udp_once(edges: list[Rig]) -> None:
    bob, alice = registered(edges[1], "bob"), registered(edges[1], "alice", "TCP")
    assert edges[1].edge.registrations
    for turn in range(25):
        edges[1].edge.send_handover_pings(turn, edges[1].now)
    request = bob.flow.take_request()
    assert request.method == "OPTIONS"
    assert alice.flow.take() == []

    # The edge that gets the answer keeps the flow alive for as long as the registration lasts.
    moved = through(edges[2], bob.flow)
    for stranger in (edges[2].flow("198.51.100.66"), edges[2].flow(transport="TCP")):
        edges[2].receive(stranger, answer(request, "200 OK"))
        assert edges[2].edge.registrations == 0
    edges[2].receive(moved, answer(request, "404 Not Found").replace("Call-ID: 1", "Call-ID: 2"))
    assert edges[2].edge.registrations == 0
    edges[2].receive(moved, answer(request, "404 Not Found"))
    assert edges[2].edge.registrations > 0
    edges[1].die()
    edges[2].advance(1000)
    assert 30 < moved.keepalives < 50

    # There it is reached as long as that, whoever calls.
    know_each_other(edges)
    caller = Caller(edges[0], flow=edges[0].flow("203.0.113.30"))
    caller.send("INVITE", BOB)
    edges[0].advance(2.2)
    edges[2].receive(moved, answer(moved.take_requests()[-1], "200 OK"))
    assert responses(caller.flow) == ["100 Trying", "200 OK"]
    itself = Caller(edges[2], flow=edges[2].flow("203.0.113.31"))
    itself.send("INVITE", BOB)
    edges[2].advance(2.2)
    assert len(moved.take()) > 0
    edges[2].advance(2700)
    assert 130 < moved.keepalives < 160
    edges[2].advance(200)
    assert moved.keepalives < 160


def test_a_call_to_a_silent_phone_goes_on_when_it_registers_elsewhere_from_the_same_address(edges: list[Rig]) -> None:
    """A load balancer leads the phone's REGISTER to another edge before others know that a call waits for it."""
    know_each_other(edges)
    bob = registered(edges[1], "bob")
    caller, invite = ring(edges[0], bob)
    edges[0].advance(0.8)
    bob.rig, bob.flow = edges[2], through(edges[2], bob.flow)
    assert bob.register().status == 200
    edges[0].advance(2)
    again = bob.flow.take_requests()[-1]
    assert again.start == invite.start
    edges[2].receive(bob.flow, answer(again, "486 Busy Here"))
    assert "486 Busy Here" in responses(caller.flow)


def test_a_phone_that_was_silent_and_then_failed_gives_its_own_answer_when_it_registers(edges: list[Rig]) -> None:
    know_each_other(edges)
    bob = registered(edges[1], "bob")
    edges[1].die()
    caller = Caller(edges[0])
    caller.send("INVITE", BOB)
    edges[0].advance(6)  # its silence is noticed after a second, and the search for it fails after five
    bob.rig, bob.flow = edges[2], through(edges[2], bob.flow)
    edges[2].receive(bob.flow, bob.register_text(bob.credentials(bob.challenge())))
    edges[2].receive(bob.flow, answer(bob.flow.take_requests()[-1], "486 Busy Here"))
    edges[0].advance(10)
    assert set(responses(caller.flow)) == {"100 Trying", "486 Busy Here"}
