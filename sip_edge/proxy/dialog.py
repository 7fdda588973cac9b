"""Requests within a dialog: they follow the flow token that our Record-Route gave them (RFC 3261 §16.4, §16.12)."""

from __future__ import annotations

from sip_edge.message import uri as uris
from sip_edge.message.errors import MalformedError, RejectError
from sip_edge.message.message import Request
from sip_edge.message.uri import Uri
from sip_edge.message.values import address
from sip_edge.proxy.route_token import RouteTokens
from sip_edge.transport.flow import Flow, Flows


class Dialogs:
    """Finds the next hop of a request by the tokens in its route."""

    def __init__(self, tokens: RouteTokens, flows: Flows) -> None:
        self._tokens = tokens
        self._flows = flows

    def destination(self, request: Request) -> Flow | Uri:
        """Take our own values off the request's route, and return where the last of them leads.

        That is a flow, or, when the flow has ended, the URI at which its other end may be found. Raises RejectError
        when there are no values of ours, or they lead nowhere any more.
        """
        self._undo_strict_routing(request)
        last = None
        while token := self._top_token(request):
            last = token
            request.remove_first_value("route")
        if last is None:
            raise RejectError("481 Call/Transaction Does Not Exist")
        _edge, flow_name, way_back = last
        flow = self._flows.find(flow_name)
        if flow is not None:
            return flow
        try:
            return uris.parse(way_back)
        except MalformedError:
            raise RejectError("480 Temporarily Unavailable") from None

    def _undo_strict_routing(self, request: Request) -> None:
        """A strict router has put our value into the Request-URI, and the real one at the end of the route (§16.4)."""
        if "route" not in request.names or self._open(request.uri) is None:
            return
        ours = request.uri
        routes = request.values("route")
        request.retarget(address(routes[-1])[0])
        request.remove("route")
        request.prepend("route", f"Route: {', '.join([f'<{ours}>', *routes[:-1]])}")

    def _top_token(self, request: Request) -> tuple[str, str, str] | None:
        if "route" not in request.names:
            return None
        try:
            return self._open(address(request.values("route")[0])[0])
        except (MalformedError, IndexError):
            raise RejectError("400 Bad Request - a Route") from None

    def _open(self, uri: str) -> tuple[str, str, str] | None:
        try:
            return self._tokens.open(uris.parse(uri).user)
        except MalformedError:
            return None
