"""One of the ways that a relayed request takes, and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sip_edge.media.session import Session, Side
from sip_edge.message.message import Request, Response
from sip_edge.proxy.outside import Way
from sip_edge.transaction.client import InviteClient
from sip_edge.transport.flow import Flow

if TYPE_CHECKING:
    from sip_edge.proxy.relay import Relay


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request may go: over a flow, with a Request-URI of its own unless that is to stay.

    `path` are the proxies before a device, to be visited in that order (RFC 3327 §5.1). `way` has other flows to the
    same place, for when this one fails. `device` is an address of ours by which later requests of the dialog find the
    device when its connection has ended. `session` is where the media of the request's dialog pass, if they are
    relayed, and `sender` which end of the dialog sends the request.
    """

    flow: Flow
    uri: str = ""
    path: tuple[str, ...] = ()
    way: Way | None = None
    session: Session | None = None
    sender: Side = Side.CALLER
    device: str = ""


class Branch:
    """One of the ways that a relayed request takes.

    `recorded` is the Record-Route value that went with it, `session` where its media pass, if they are relayed. `done`
    tells that its outcome is known, `won` that the call is its, `called_off` that it need not begin any more.
    """

    __slots__ = ("_client", "_relay", "called_off", "done", "flow", "recorded", "session", "target", "won")

    def __init__(self, relay: Relay, target: Target) -> None:
        self._relay = relay
        self._client: InviteClient | None = None
        self.target = target
        self.flow = target.flow
        self.recorded = ""
        self.session = target.session
        self.done = False
        self.won = False
        self.called_off = False

    def begin(self, request: Request, now: float) -> None:
        """Send the request."""
        relay = self._relay
        if request.method == "INVITE":
            self._client = relay.transactions.invite(request, self.flow, self, relay.ringing, now)
        else:
            relay.transactions.ask(request, self.flow, self, now)

    def cancel(self, now: float) -> None:
        """Call it off; only an INVITE can be (RFC 3261 §9.1)."""
        self.called_off = True
        if self._client:
            self._client.cancel(now)

    def on_response(self, response: Response, now: float) -> None:
        """See Asker."""
        self._relay.on_response(self, response, now)

    def on_failure(self, status: int, now: float) -> None:
        """See Asker."""
        self._relay.on_failure(self, status, now)
