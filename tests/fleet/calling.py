"""Calls from outside, by hand."""

from __future__ import annotations

from sip_edge.message.message import Response
from tests.calls.office import Office
from tests.transport.peers import Address, UdpPeer
from tests.transport.wire_phone import WirePhone

_PATIENCE_S = 15.0  # less than the 32 s after which a caller gives up by itself


class OutsideCaller:
    """A caller without an extension, at the balancer of an office."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._peer = UdpPeer(("127.0.0.1", office.sip_port))
        self._peer.settimeout(_PATIENCE_S)
        self._phone = WirePhone(office, "outside", self._peer, "UDP")
        self._phone.aor = "sip:someone@outside.example"
        self._calls = 0
        self._invite = b""

    @property
    def source(self) -> Address:
        """The address that the balancer knows it by."""
        return self._peer.source

    def invite(self, callee: str) -> None:
        """Call an extension of the office."""
        self._calls += 1
        uri = f"sip:{callee}@{self._office.domain}"
        headers = ("Contact: <sip:x@192.0.2.1>",)
        self._invite = self._phone.request("INVITE", uri, f"<{uri}>", *headers, call_id=self._call_id())
        self.repeat()

    def repeat(self) -> None:
        """Send the last INVITE once more."""
        self._peer.send(self._invite)

    def outcome(self) -> Response:
        """The final answer to the last call, which is acknowledged when it is a yes."""
        answered = self._phone.final_response()
        while answered.get("call-id") != self._call_id():
            answered = self._phone.final_response()
        if answered.status == 200:
            route = f"Route: {answered.get('record-route')}"
            ack = self._phone.request("ACK", "sip:x@x.example", answered.get("to"), route, call_id=self._call_id())
            self._peer.send(ack)
        return answered

    def call(self, callee: str) -> int:
        """The status of the final answer to a call."""
        self.invite(callee)
        return self.outcome().status

    def _call_id(self) -> str:
        return f"{id(self)}-{self._calls}"
