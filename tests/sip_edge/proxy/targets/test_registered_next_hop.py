"""A phone's connection ends in the middle of a call. The call continues over the connection of its next REGISTER."""

from __future__ import annotations

import pytest

from tests.sip_edge.caller import Caller, answer, responses
from tests.sip_edge.rig import DOMAIN, Phone, Rig, World, digest

ALICE, BOB = f"sip:alice@{DOMAIN}", f"sip:bob@{DOMAIN}"
HOW = pytest.mark.parametrize("ending", ["the connection", "its edge"])


@pytest.fixture
def edges() -> list[Rig]:
    world = World()
    edges = [Rig(world, f"10.0.0.{i}:5070") for i in (1, 2, 3)]
    edges[0].add_extension("alice")
    edges[0].add_extension("bob", max_devices=2)
    return edges


def registered(edge: Rig, username: str, port: int) -> Phone:
    edge.advance(1)
    phone = Phone(edge, username, edge.flow("198.51.100.9", port, "TCP"))
    assert phone.register().status == 200
    return phone


def end(ending: str, edge: Rig, phone: Phone) -> None:
    if ending == "its edge":
        edge.die()
    else:
        edge.lose(phone.flow)


def come_back(phone: Phone, edge: Rig) -> None:
    edge.advance(1)
    phone.rig, phone.flow = edge, edge.flow("198.51.100.9", 6000, "TCP")
    assert phone.register().status == 200


@HOW
@pytest.mark.parametrize("returns", [True, False])
def test_the_callee(edges: list[Rig], ending: str, returns: bool) -> None:
    registered(edges[2], "bob", 5001)  # another device, which is in no call
    bob = registered(edges[1], "bob", 5002)
    caller = Caller(edges[0])
    caller.send("INVITE", BOB)
    invite = bob.flow.take_request()
    edges[1].receive(bob.flow, answer(invite, "200 OK", f"Contact: <{bob.contact}>"))
    ok = caller.flow.take()[-1]
    end(ending, edges[1], bob)
    if returns:
        come_back(bob, edges[2])
    caller.send("BYE", bob.contact, f"Route: {ok.get('record-route')}", to=ok.get("to"))
    edges[0].advance(2.2 if returns else 12)  # a request waits for a phone that may be back soon
    if returns:
        bye = bob.flow.take_request()
        assert bye.method == "BYE"
        edges[2].receive(bob.flow, answer(bye, "200 OK"))
        assert responses(caller.flow) == ["200 OK"]
    else:
        assert responses(caller.flow)[-1][:3] in ("480", "500")


@HOW
def test_the_caller(edges: list[Rig], ending: str) -> None:
    bob = Phone(edges[1], "bob", edges[1].flow("198.51.100.8", 5003))
    assert bob.register().status == 200
    alice = registered(edges[0], "alice", 5004)
    caller = Caller(edges[0], ALICE, alice.flow)
    caller.send("INVITE", BOB)
    challenge = alice.flow.take_response().get("proxy-authenticate")
    caller.send("INVITE", BOB, f"Proxy-Authorization: {digest(challenge, 'INVITE', BOB, 'alice')}")
    invite = bob.flow.take_request()
    edges[1].receive(bob.flow, answer(invite, "200 OK", f"Contact: <{bob.contact}>"))
    end(ending, edges[0], alice)
    come_back(alice, edges[2])
    callee = Caller(edges[1], BOB, bob.flow, caller.call_id)
    callee.send("BYE", caller.contact, f"Route: {invite.get('record-route')}", to=f"<{ALICE}>;tag=caller")
    edges[1].advance(2.2)
    request = alice.flow.take_request()
    assert (request.method, request.uri) == ("BYE", caller.contact)
