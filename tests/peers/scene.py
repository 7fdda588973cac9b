"""Calls at an edge without sockets: a caller, the phones of one extension, and the dialog between two of them."""

from __future__ import annotations

from typing import Any

from sip_edge.message.message import Request, Response
from tests.sip_edge.caller import OUTSIDE, Caller, answer
from tests.sip_edge.rig import DOMAIN, FakeFlow, Phone, Rig, digest

BOB = f"sip:bob@{DOMAIN}"


class Scene:
    """An edge, and bob's phones. `alice` is an extension without a phone."""

    def __init__(self, devices: int = 1, **settings: Any) -> None:
        self.rig = Rig(**settings)
        self.rig.add_extension("alice")
        self.rig.add_extension("bob", max_devices=max(devices, 1))
        self.phones = [Phone(self.rig, "bob") for _ in range(devices)]
        for phone in self.phones:
            assert phone.register().status == 200

    def stranger(self, transport: str = "UDP") -> Caller:
        """A caller from outside, over a flow of its own."""
        return Caller(self.rig, flow=self.rig.flow("203.0.113.5", 5080 + len(self.rig.flows), transport))

    def colleague(self) -> Caller:
        """Alice, who has to prove it."""
        caller = self.stranger()
        caller.sender = f"sip:alice@{DOMAIN}"
        return caller

    def prove(self, caller: Caller, method: str, uri: str, *extra: str) -> None:
        """Send alice's request, and again with the answer to its challenge."""
        caller.send(method, uri, *extra)
        challenge = caller.flow.take_response().get("proxy-authenticate")
        proof = digest(challenge, method, uri, "alice")
        caller.send(method, uri, f"Proxy-Authorization: {proof}", *extra)

    def ring(self, caller: Caller, *extra: str) -> list[Request]:
        """Call bob; returns the INVITE of each of his phones, all of which ring."""
        caller.send("INVITE", BOB, *extra)
        invites = [phone.flow.take_request() for phone in self.phones]
        for phone, invite in zip(self.phones, invites, strict=True):
            self.rig.receive(phone.flow, answer(invite, "180 Ringing", tag=phone.call_id))
        caller.flow.take()
        return invites

    def establish(self, caller: Caller, *extra: str) -> Dialog:
        """A call that bob's first phone has answered."""
        invite = self.ring(caller, *extra)[0]
        phone = self.phones[0]
        self.rig.receive(phone.flow, answer(invite, "200 OK", f"Contact: <{phone.contact}>", tag=phone.call_id))
        (ok,) = caller.flow.take()
        dialog = Dialog(self.rig, caller, phone, invite, ok)
        caller.send("ACK", phone.contact, *dialog.caller_route, to=dialog.to, cseq=caller.cseq)
        assert phone.flow.take_request().method == "ACK"
        return dialog


class Dialog:
    """Requests in both directions of a call that is up."""

    def __init__(self, rig: Rig, caller: Caller, phone: Phone, invite: Request, ok: Request | Response) -> None:
        self.rig = rig
        self.caller = caller
        self.phone = phone
        self.to = ok.get("to")
        self.caller_route = [f"Route: {route}" for route in reversed(ok.values("record-route"))]
        self._callee = Caller(rig, BOB, phone.flow, caller.call_id)
        self._callee_route = [f"Route: {route}" for route in invite.values("record-route")]
        self._callee_tag = self.to.rpartition("tag=")[2]

    def from_caller(self, method: str, *extra: str) -> Request:
        """Let the caller send a request; returns it as it reaches the phone."""
        self.caller.send(method, self.phone.contact, *self.caller_route, *extra, to=self.to)
        return last_request(self.phone.flow)

    def from_callee(self, method: str, *extra: str) -> Request:
        """Let the phone send a request; returns it as it reaches the caller."""
        text = self._callee.text(method, self.caller.contact, *self._callee_route, *extra, to=f"<{OUTSIDE}>;tag=caller")
        self.rig.receive(self.phone.flow, text.replace("tag=caller\r\nTo", f"tag={self._callee_tag}\r\nTo", 1))
        return last_request(self.caller.flow)

    def answered(self, flow: FakeFlow, request: Request, status: str, *extra: str) -> list[str]:
        """Answer a request at one end; returns the status lines that come out at the other."""
        other = self.caller.flow if flow is self.phone.flow else self.phone.flow
        self.rig.receive(flow, answer(request, status, *extra))
        return statuses(other)


def last_request(flow: FakeFlow) -> Request:
    """The one request among all that was sent over a flow."""
    (request,) = (message for message in flow.take() if isinstance(message, Request))
    return request


def statuses(flow: FakeFlow) -> list[str]:
    """The status lines sent over a flow, without the version and 100."""
    found = [message.start.removeprefix("SIP/2.0 ") for message in flow.take() if isinstance(message, Response)]
    return [line for line in found if not line.startswith("100")]
