"""A far end by hand that a phone calls, directly or through the edge."""

from __future__ import annotations

from dataclasses import dataclass

from sip_edge.message.message import Request
from tests.agents.phone import Phone
from tests.agents.phone_call import PhoneCall
from tests.peers.endpoint import Endpoint
from tests.peers.transcript import noted
from tests.peers.wire_call import reply


@dataclass(frozen=True)
class Line:
    """A phone, the URI that it dials, and the endpoint that this leads to."""

    phone: Phone
    uri: str
    endpoint: Endpoint

    def dial(self) -> WireCallee:
        """Let the phone call the endpoint."""
        return WireCallee(self.endpoint, self.phone.call(self.uri))


class WireCallee:
    """One call to the far end. `seen` has all requests that came, as `noted` writes them."""

    def __init__(self, endpoint: Endpoint, call: PhoneCall) -> None:
        self.call = call
        self.seen: list[str] = []
        self._endpoint = endpoint
        self._call_id = ""

    @property
    def contact(self) -> str:
        """A Contact that leads here."""
        return f"Contact: <sip:callee@{self._endpoint.address}>"

    def take(self, *methods: str) -> Request:
        """The next request of the call, which is of one of these methods."""
        while True:
            request = self._endpoint.take()
            if not isinstance(request, Request) or request.method == "OPTIONS":
                continue  # The edge asks its phones whether they live.
            if not self._call_id and request.method == "INVITE" and ";tag=" not in request.get("to"):
                self._call_id = request.get("call-id")
            if request.get("call-id") == self._call_id:
                self.seen.append(noted(request))
                assert request.method in methods, request.start
                return request

    def answer(self, request: Request, status: str, *extra: str, body: bytes = b"", tag: str = "wire") -> None:
        """Answer a request; without a tag, To gets none."""
        self._endpoint.send(reply(request, status, self.contact, *extra, body=body, tag=tag))

    def hang_up(self) -> None:
        """Let the phone end the call, and say 200 to that."""
        self.call.hangup()
        self.answer(self.take("BYE"), "200 OK")
