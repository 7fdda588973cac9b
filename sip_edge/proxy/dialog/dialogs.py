"""The destination of requests within a dialog, by the route token of our Record-Route (RFC 3261 §16.4, §16.12)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from sip_edge.calls import call as calls
from sip_edge.calls.call import Call
from sip_edge.fleet.fleet import Fleet
from sip_edge.media.session import Session, Side, unseal
from sip_edge.message import uri as uris
from sip_edge.message.errors import MalformedError, RejectError
from sip_edge.message.message import Request
from sip_edge.message.uri import Uri
from sip_edge.message.values import address
from sip_edge.proxy.dialog.route_token import Leg, RouteTokens
from sip_edge.transport.flow import Flow

_MOST_PASSAGES: Final = 10  # a call may come through us again, on its way from a PBX to another extension


class Destination(NamedTuple):
    """The end that a request goes to.

    `flow` is the flow of the end, unless that has ended. `uri` leads to the end then. `session` is the dialog's media
    session, if an rtpengine relays it, and `sender` the end that sends the request. `call` is the dialog's call, None
    when no extension takes part in one. `sender_fingerprint` is that of the sender's URI in the dialog, "" when the
    token has none.
    """

    flow: Flow | None
    uri: Uri | None
    session: Session | None
    sender: Side
    call: Call | None
    sender_fingerprint: str

    @property
    def is_internal(self) -> bool:
        """Whether both ends are extensions of one customer."""
        return self.call is not None and self.call.is_internal


class Dialogs:
    """Finds the next hop of a request by the tokens in its route."""

    def __init__(self, tokens: RouteTokens, fleet: Fleet, clock: Callable[[], float]) -> None:
        self._tokens = tokens
        self._fleet = fleet
        self._clock = clock

    def has_token(self, request: Request) -> bool:
        """Whether the topmost Route is ours, and good for the request's Call-ID (RFC 3261 §16.4).

        A strict router has put it into the Request-URI.
        """
        if "route" not in request.names:
            return False
        try:
            topmost = address(request.values("route")[0])[0]
        except (IndexError, MalformedError):
            return False
        call_id = request.get("call-id")
        return any(self._open(uri, call_id) is not None for uri in (topmost, request.uri))

    def destination(self, request: Request) -> Destination:
        """Take our own values off the request's route, and return the end that the last of them leads to.

        Raises RejectError when there are no values of ours.
        """
        self._undo_strict_routing(request)
        leg = self._take_off(request)
        try:
            uri = uris.parse(leg.way_back)
        except MalformedError:
            uri = None
        flow = self._fleet.find(leg.edge, leg.flow)
        return Destination(flow, uri, *unseal(leg.media), calls.unseal(leg.call), leg.sender)

    def _undo_strict_routing(self, request: Request) -> None:
        """Restore a Request-URI that a strict router has replaced by our value (§16.4).

        The router has put the real one at the end of the route.
        """
        if "route" not in request.names or self._open(request.uri, request.get("call-id")) is None:
            return
        ours = request.uri
        routes = request.values("route")
        if not routes:
            return
        request.retarget(address(routes[-1])[0])
        request.remove("route")
        request.prepend("route", f"Route: {', '.join([f'<{ours}>', *routes[:-1]])}")

    def _take_off(self, request: Request) -> Leg:
        """Remove our own values from the top of the route, and return the leg in the last one."""
        values = request.values("route") if "route" in request.names else []
        call_id = request.get("call-id")
        last = None
        ours = 0
        for value in values[:_MOST_PASSAGES]:
            token = self._open(address(value)[0], call_id)
            if token is None:
                break
            last = token
            ours += 1
        if last is None:
            raise RejectError("481 Call/Transaction Does Not Exist")
        request.remove("route")
        if len(values) > ours:
            request.prepend("route", f"Route: {', '.join(values[ours:])}")
        return last

    def _open(self, uri: str, call_id: str) -> Leg | None:
        try:
            return self._tokens.open(uris.parse(uri).user, call_id, self._clock())
        except MalformedError:
            return None
