"""A call between two phones by hand, in which each end sends requests to the other."""

from __future__ import annotations

import secrets
import time

from sip_edge.message.message import Request, Response
from tests.transport.wire_phone import WirePhone


class End:
    """One end of a dialog (RFC 3261 §12). It knows the Contact and the tag of the far end, and the route to it."""

    def __init__(self, phone: WirePhone, call_id: str) -> None:
        self.phone = phone
        self._call_id = call_id
        self._target = ""
        self._to = ""
        self._route = ""
        self._branch = ""

    def learn(self, message: Request | Response, to: str, routes: list[str]) -> None:
        """Take over the Contact of a message. `to` and `routes` are the To and the Route of requests to the far end."""
        self._target = message.get("contact").strip("<>")
        self._to = to
        self._route = f"Route: {', '.join(routes)}"

    def send(self, method: str) -> None:
        """Send a request to the far end."""
        contact = f"Contact: <{self.phone.contact}>"
        data = self.phone.request(method, self._target, self._to, self._route, contact, call_id=self._call_id)
        self._branch = branch_of(data)
        self.phone.peer.send(data)

    def outcome(self) -> int:
        """The final status of the last request. An INVITE that was accepted is acknowledged."""
        response = self.phone.final_response(self._branch)
        if response.get("cseq").endswith(" INVITE"):
            self.send("ACK")
        return response.status


class Call:
    """A call that begins. `caller` and `callee` are its ends."""

    def __init__(self, caller: WirePhone, callee: WirePhone) -> None:
        self._call_id = secrets.token_hex(8)
        self.caller, self.callee = End(caller, self._call_id), End(callee, self._call_id)
        self._branch = ""

    def invite(self) -> None:
        """Send the INVITE with the caller's credentials, and hear that the edge has it."""
        caller = self.caller.phone
        challenge = caller.ask(self._invite()).get("proxy-authenticate")
        proof = caller.proof(challenge, "INVITE", self.callee.phone.aor)
        data = self._invite(f"Proxy-Authorization: {proof}")
        self._branch = branch_of(data)
        caller.peer.send(data)
        self._hear("100 Trying")

    def answer(self) -> Request:
        """Let the callee ring and answer. The caller hears that and no more. Returns the INVITE at the callee."""
        phone, contact = self.callee.phone, f"Contact: <{self.callee.phone.contact}>"
        request = phone.take_request()
        assert request.method == "INVITE"
        self.callee.learn(request, request.get("from"), request.values("record-route"))
        phone.answer(request, "180 Ringing", contact)
        self._hear("180 Ringing")
        phone.answer(request, "200 OK", contact)
        accepted = self._hear("200 OK")
        self.caller.learn(accepted, accepted.get("to"), accepted.values("record-route")[::-1])
        self.caller.send("ACK")
        assert phone.take_request().method == "ACK"
        return request

    def _hear(self, status: str) -> Response:
        """The next response to the INVITE. Fails the test when it has another status."""
        while True:
            message = self.caller.phone.take()
            if isinstance(message, Response) and self._branch in message.get("via"):
                assert message.start == f"SIP/2.0 {status}"
                return message

    def _invite(self, *proof: str) -> bytes:
        caller, uri = self.caller.phone, self.callee.phone.aor
        contact = f"Contact: <{caller.contact}>"
        return caller.request("INVITE", uri, f"<{uri}>", contact, *proof, call_id=self._call_id)


def talk(mobile: WirePhone, home: WirePhone, role: str) -> tuple[End, End]:
    """The two ends of a call that was answered. The mobile phone is its "caller" or its "callee"."""
    call = Call(mobile, home) if role == "caller" else Call(home, mobile)
    call.invite()
    call.answer()
    return (call.caller, call.callee) if role == "caller" else (call.callee, call.caller)


def ask(asking: End, asked: End, method: str) -> float:
    """Send a request to the far end, which gets it and accepts it. Returns the seconds that it took to get there."""
    began = time.monotonic()
    asking.send(method)
    request = asked.phone.take_request()
    took = time.monotonic() - began
    assert request.method == method
    asked.phone.answer(request, "200 OK", f"Contact: <{asked.phone.contact}>")
    assert asking.outcome() == 200
    if method == "INVITE":
        assert asked.phone.take_request().method == "ACK"
    return took


def branch_of(request: bytes) -> str:
    """The branch of a request's Via."""
    return request.decode().partition("branch=")[2].partition("\r\n")[0]
