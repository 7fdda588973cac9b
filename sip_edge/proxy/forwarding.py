"""Request forwarding: the changes to each request on its way through (RFC 3261 §16.6), and the parts that make them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sip_edge.auth.digest import CREDENTIAL_HEADERS, has_credentials, is_for
from sip_edge.media.anchors import Anchors
from sip_edge.message.message import Request
from sip_edge.proxy.dialog.record_route import RecordRoute
from sip_edge.proxy.targets.held_requests import HeldRequests
from sip_edge.proxy.targets.registered_hop import RegisteredHops
from sip_edge.proxy.validation.trusted_headers import withhold
from sip_edge.transaction.layer import Transactions
from sip_edge.transaction.timers import TIMER_B_F_H_J
from sip_edge.transport.flow import Flow

_OUR_SHARE_BYTES: Final = 200  # about the size of our Via and Record-Route


@dataclass(frozen=True, slots=True)
class Forwarding:
    """The parts that forward requests. A callee may ring for `ringing_s` seconds (timer C, RFC 3261 §16.6 step 11).

    `clock` gives seconds since the epoch. `realm` is that of the credentials for this edge.
    """

    transactions: Transactions
    record_route: RecordRoute
    anchors: Anchors
    held: HeldRequests
    hops: RegisteredHops
    clock: Callable[[], float]
    realm: str
    ringing_s: float

    def send_ack(self, ack: Request, flow: Flow) -> None:
        """Send the ACK to a 2xx: it has no transaction (RFC 3261 §16.11)."""
        self.transactions.add_via(ack, flow)
        flow.send_if_open(ack.encode())

    def answer_deadline(self, request: Request, now: float) -> float:
        """The time by which the timers of a branch have run out (RFC 3261 §16.8).

        They are timers B, C and F, and that of a CANCEL.
        """
        return now + (self.ringing_s if request.method == "INVITE" else 0) + 3 * TIMER_B_F_H_J

    def prepare(self, request: Request, hops: int, are_colleagues: bool) -> Request:
        """A copy to send on, with one hop less.

        The credentials for this edge are left out, and so are header fields that pass between colleagues alone.
        """
        forwarded = request.copy()
        forwarded.replace("max-forwards", f"Max-Forwards: {hops - 1}")
        names, lines = forwarded.names, forwarded.lines
        if has_credentials(request):
            for i in range(len(names) - 1, -1, -1):
                if names[i] in CREDENTIAL_HEADERS and is_for(lines[i], self.realm):
                    del names[i], lines[i]
        withhold(forwarded, are_colleagues)
        return forwarded


def forwarded_size(request: Request) -> int:
    """About how many bytes a request has when it leaves."""
    return len(request.body) + sum(len(line) + 2 for line in request.lines) + len(request.start) + _OUR_SHARE_BYTES
