"""A device that changes its network in a call is found at its new binding. No FIN ends its old flow."""

from __future__ import annotations

import pytest

from sip_edge.message.message import Request, Response
from tests.sip_edge.caller import Caller, answer, responses
from tests.sip_edge.rig import DOMAIN, FakeFlow, Phone, Rig, World, digest

ALICE, BOB = f"sip:alice@{DOMAIN}", f"sip:bob@{DOMAIN}"
TRANSPORT = pytest.mark.parametrize("transport", ["UDP", "TCP", "TLS", "WS"])
METHOD = pytest.mark.parametrize("method", ["BYE", "INFO", "UPDATE", "INVITE"])
INSTANCE = '<sip:x@10.0.0.5>;+sip.instance="<urn:uuid:00000000-0000-1000-8000-{}>";reg-id=1'


class Call:
    """A call between two phones of a fleet, of which one is to move."""

    def __init__(self, moves: str, transport: str, max_devices: int = 1, contact: str = "") -> None:
        world = World()
        self.edges = [Rig(world, f"10.0.0.{i}:5070", media_anchoring="never") for i in (1, 2, 3)]
        self.edges[0].add_extension("alice", max_devices=max_devices if moves == "alice" else 1)
        self.edges[0].add_extension("bob", max_devices=max_devices if moves == "bob" else 1)
        self.contact = contact
        kinds = {name: transport if name == moves else "UDP" for name in ("alice", "bob")}
        self.alice = self._phone(0, "alice", kinds["alice"], moves == "alice")
        self.bob = self._phone(1, "bob", kinds["bob"], moves == "bob")
        self.mover, self.other = (self.alice, self.bob) if moves == "alice" else (self.bob, self.alice)
        self.begin()

    def begin(self) -> None:
        """Let alice call bob, who answers."""
        self.accept(self.ring())
        assert self.bob.flow.take_request().method == "ACK"

    def ring(self) -> Request:
        """Let alice call bob. Returns the INVITE that bob gets."""
        self.caller = Caller(self.alice.rig, ALICE, self.alice.flow)
        self.caller.contact = self.alice.contact
        self.caller.send("INVITE", BOB)
        challenge = self.alice.flow.take_response().get("proxy-authenticate")
        self.caller.send("INVITE", BOB, f"Proxy-Authorization: {digest(challenge, 'INVITE', BOB, 'alice')}")
        return self.bob.flow.take_request()

    def accept(self, invite: Request) -> None:
        """Let bob answer the call. Alice acknowledges."""
        self.bob.rig.receive(self.bob.flow, answer(invite, "200 OK", f"Contact: <{self.bob.contact}>"))
        ok = self.alice.flow.take()[-1]
        self.caller.send("ACK", self.bob.contact, f"Route: {ok.get('record-route')}", to=ok.get("to"), cseq=2)
        self.route = (ok if self.mover is self.bob else invite).get("record-route")

    def _phone(self, edge: int, username: str, transport: str, is_mover: bool) -> Phone:
        rig = self.edges[edge]
        phone = Phone(rig, username, rig.flow("198.51.100.7", 5000 + edge, transport))
        assert phone.register(contact=self.contact if is_mover and self.contact else None).status == 200
        return phone

    def move(self, edge: int, transport: str, call_id: str = "", contact: str = "") -> FakeFlow:
        """Let the phone register from another network. Its old flow stays, and leads nowhere."""
        before, phone = self.mover.flow, self.mover
        self.edges[0].advance(1)
        before.take()
        phone.rig, phone.flow = self.edges[edge], self.edges[edge].flow("203.0.113.99", 6000, transport)
        phone.call_id = call_id or phone.call_id
        text = phone.register_text(phone.credentials(phone.challenge()), contact=contact or self.contact or None)
        phone.rig.receive(phone.flow, text)
        assert self.mover.flow.sent.pop(0).startswith(b"SIP/2.0 200")
        return before

    def send(self, method: str) -> None:
        """Let the other end send a request within the dialog."""
        rig = self.other.rig
        end = Caller(rig, ALICE if self.other is self.alice else BOB, self.other.flow, self.caller.call_id)
        end.cseq = 100
        end.send(method, self.mover.contact, f"Route: {self.route}", to="<sip:x@y.example>;tag=theirs")
        self.end = end

    def received(self) -> Request:
        request = self.mover.flow.take()[0]
        assert isinstance(request, Request)
        self.mover.rig.receive(self.mover.flow, answer(request, "200 OK", f"Contact: <{self.mover.contact}>"))
        return request


MOVES = pytest.mark.parametrize("moves", ["alice", "bob"])


@MOVES
@METHOD
@TRANSPORT
@pytest.mark.parametrize("edge", [0, 1, 2])
def test_the_far_end_reaches_it_within_a_second(moves: str, method: str, transport: str, edge: int) -> None:
    call = Call(moves, transport)
    call.move(edge, transport)
    call.send(method)
    call.edges[0].advance(0.9)
    assert call.received().method == method
    assert responses(call.other.flow)[-1] == "200 OK"


@MOVES
@TRANSPORT
@pytest.mark.parametrize(
    ("before", "after", "max_devices"),
    [
        (INSTANCE.format("000000000001"), INSTANCE.format("000000000001"), 3),  # names itself
        ("", "", 1),  # is the only one that there may be
        (INSTANCE.format("000000000001"), INSTANCE.format("000000000002"), 1),
    ],
)
def test_with_another_call_id_of_the_registration(
    moves: str, transport: str, before: str, after: str, max_devices: int
) -> None:
    call = Call(moves, transport, max_devices, before)
    if transport == "UDP":
        call.mover.flow.take()
    else:
        call.mover.flow.closed = before == "" or before != after  # else the one that is there is asked, and answers
    call.edges[0].advance(3)
    phone = call.mover
    rig = call.edges[2]
    old, phone.rig, phone.flow = phone.flow, rig, rig.flow("203.0.113.99", 6000, transport)
    phone.call_id = "another"
    authorization = phone.credentials(phone.challenge())
    rig.receive(phone.flow, phone.register_text(authorization, contact=after or None))
    rig.advance(3)
    assert responses(phone.flow)[-1] == "200 OK"
    old.take()
    call.send("BYE")
    call.edges[0].advance(0.9)
    assert call.received().method == "BYE"


@MOVES
@TRANSPORT
def test_the_same_call_id_tells_it_from_other_devices(moves: str, transport: str) -> None:
    call = Call(moves, transport, max_devices=3)
    rig = call.edges[1]
    other = Phone(rig, moves, rig.flow("198.51.100.55", 5055))
    call.move(2, transport)
    assert other.register().status == 200
    call.send("BYE")
    call.edges[0].advance(0.9)
    assert call.received().method == "BYE"
    assert not other.flow.take()


@MOVES
@TRANSPORT
def test_the_ack_follows_the_answer(moves: str, transport: str) -> None:
    call = Call(moves, transport)
    call.move(2, transport)
    call.send("INVITE")
    call.edges[0].advance(0.9)
    call.received()
    call.end.send("ACK", call.mover.contact, f"Route: {call.route}", to="<sip:x@y.example>;tag=theirs", cseq=101)
    assert call.mover.flow.take_request().method == "ACK"


@TRANSPORT
def test_it_comes_back_in_the_middle_of_a_request(transport: str) -> None:
    call = Call("bob", transport)
    call.send("BYE")
    call.edges[0].advance(4)
    call.move(2, transport)
    assert call.received().method == "BYE"
    assert responses(call.other.flow)[-1] == "200 OK"


@TRANSPORT
def test_a_device_that_has_not_moved_costs_no_read(transport: str) -> None:
    call = Call("bob", transport)
    reads = call.edges[0].store.reads
    call.send("BYE")
    assert call.received().method == "BYE"
    call.edges[0].advance(1)
    assert call.edges[0].store.reads == reads


@TRANSPORT
def test_a_slow_device_gets_a_request_once(transport: str) -> None:
    call = Call("bob", transport)
    call.send("INFO")
    call.edges[0].advance(4)
    requests = call.mover.flow.take()
    assert len({request.get("via").partition(",")[0] for request in requests}) == 1
    assert isinstance(requests[0], Request)
    call.mover.rig.receive(call.mover.flow, answer(requests[0], "200 OK"))
    assert [m.status for m in call.other.flow.take() if isinstance(m, Response)][-1] == 200


@TRANSPORT
def test_a_482_over_the_new_flow_leaves_the_request_to_the_old_one(transport: str) -> None:
    call = Call("bob", transport)
    old = call.move(2, transport)
    call.send("INVITE")
    call.edges[0].advance(0.9)
    first = old.take()[0]
    assert isinstance(first, Request)
    call.mover.rig.receive(call.mover.flow, answer(call.mover.flow.take_request(), "482 Merged Request"))
    call.edges[0].advance(1)
    call.edges[1].receive(old, answer(first, "200 OK", f"Contact: <{call.mover.contact}>"))
    assert responses(call.other.flow) == ["100 Trying", "200 OK"]


@TRANSPORT
def test_a_refusal_over_the_new_flow_does_not_wait_for_the_old_one(transport: str) -> None:
    call = Call("bob", transport)
    call.move(2, transport)
    call.send("INFO")
    call.edges[0].advance(0.9)
    call.mover.rig.receive(call.mover.flow, answer(call.mover.flow.take_request(), "469 Bad Info Package"))
    assert responses(call.other.flow)[-1] == "469 Bad Info Package"
    call.edges[0].advance(40)
    assert not call.mover.flow.take()
    assert len(call.edges[0].edge._transactions) == 0


@TRANSPORT
@pytest.mark.parametrize("status", ["200 OK", "469 Bad Info Package"])
def test_it_moves_twice_in_the_middle_of_a_request(transport: str, status: str) -> None:
    call = Call("bob", transport)
    call.send("INFO")
    call.edges[0].advance(2.5)
    call.move(2, transport)
    call.edges[0].advance(3)
    rig = call.edges[0]
    phone = call.mover
    phone.rig, phone.flow = rig, rig.flow("203.0.113.98", 6001, transport)
    rig.receive(phone.flow, phone.register_text(phone.credentials(phone.challenge())))
    info = [m for m in phone.flow.take() if isinstance(m, Request)][-1]
    assert info.method == "INFO"
    rig.receive(phone.flow, answer(info, status))
    assert responses(call.other.flow)[-1] == status
    rig.advance(40)
    assert len(rig.edge._transactions) == 0


@MOVES
@TRANSPORT
def test_a_request_that_was_given_up_by_its_timer_goes_over_the_new_flow(moves: str, transport: str) -> None:
    call = Call(moves, transport)
    call.send("BYE")
    call.edges[0].advance(20)
    call.move(2, transport)
    call.edges[0].advance(13)
    assert call.received().method == "BYE"


@MOVES
@TRANSPORT
@pytest.mark.parametrize("method", ["INFO", "INVITE"])
def test_a_call_after_two_moves_goes_over_the_last_flow_at_once(moves: str, transport: str, method: str) -> None:
    call = Call(moves, transport)
    call.move(2, transport)
    call.send("INFO")
    call.edges[0].advance(0.9)
    call.received()
    call.move(1, transport)
    call.edges[0].advance(0.1)
    call.other.flow.take()
    call.begin()
    call.send(method)
    assert call.received().method == method


@TRANSPORT
@pytest.mark.parametrize("edge", [0, 1, 2])
def test_the_ack_reaches_a_callee_that_has_moved_while_it_rang(transport: str, edge: int) -> None:
    call = Call("bob", transport)
    invite = call.ring()
    call.bob.rig.receive(call.bob.flow, answer(invite, "180 Ringing"))
    call.move(edge, transport)
    call.accept(invite)
    assert not call.bob.flow.take()  # the ACK goes to the place where the phone rang
    call.edges[0].advance(0.5)
    call.accept(invite)
    assert call.bob.flow.take_request().method == "ACK"
