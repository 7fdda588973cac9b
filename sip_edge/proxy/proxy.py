"""The proxy: every request but REGISTER, CANCEL and repetitions, sorted by its kind and checked (RFC 3261 §16.3)."""

from __future__ import annotations

from typing import Final

from sip_edge.guard.guard import Guard
from sip_edge.location.domains import Domains
from sip_edge.message import sanity
from sip_edge.message import uri as uris
from sip_edge.message.errors import MalformedError, RejectError
from sip_edge.message.message import Request
from sip_edge.message.sanity import Identity
from sip_edge.message.values import address
from sip_edge.message.via import Via
from sip_edge.proxy.accounting import METHODS
from sip_edge.proxy.dialog_requests import DialogRequests
from sip_edge.proxy.edge_answers import EdgeAnswers
from sip_edge.proxy.initial_requests import InitialRequests
from sip_edge.proxy.validation.loops import Loops, check_hops
from sip_edge.proxy.validation.session_timer import check_interval
from sip_edge.transport.flow import Flow

_NOTHING: Final[frozenset[str]] = frozenset()


class Proxy:
    """Forwards requests to our extensions and within their dialogs, and to no other host."""

    def __init__(
        self,
        domains: Domains,
        guard: Guard,
        loops: Loops,
        edge_answers: EdgeAnswers,
        initial_requests: InitialRequests,
        dialog_requests: DialogRequests,
    ) -> None:
        self._domains = domains
        self._guard = guard
        self._loops = loops
        self._edge_answers = edge_answers
        self._initial_requests = initial_requests
        self._dialog_requests = dialog_requests

    def receive(self, request: Request, via: Via, identity: Identity, flow: Flow, now: float) -> None:
        """Take in a request other than ACK, CANCEL and REGISTER that is no repetition.

        Raises RejectError with the answer to one that goes nowhere, ShedError for one that gets none.
        """
        sanity.require(request, "proxy-require", _NOTHING)
        if self._dialog_requests.are_of(request, identity):
            self._dialog_requests.receive(request, via, identity, flow, now)
            return
        uri = uris.parse(request.uri)
        if not self._domains.is_ours(uri.host):
            check_hops(identity)
            self._guard.refuse_foreign(flow, now)
        if not uri.user:
            self._edge_answers.answer(request, via, flow, now)
        elif request.method == "OPTIONS" and self._edge_answers.is_probe(uri, request, identity):
            self._guard.check_call(flow, now)
            self._edge_answers.answer(request, via, flow, now)
        elif request.method == "PUBLISH":
            raise RejectError("405 Method Not Allowed", f"Allow: {', '.join(METHODS)}")
        else:
            self._check(request, identity)
            self._initial_requests.receive(uri, request, via, identity, flow, now)

    def is_in_dialog(self, request: Request, identity: Identity) -> bool:
        """Whether a request belongs to a dialog."""
        return self._dialog_requests.are_of(request, identity)

    def receive_ack(self, request: Request, identity: Identity) -> None:
        """Take in the ACK to a 2xx. Raises RejectError for one that goes nowhere."""
        self._dialog_requests.receive_ack(request, identity)

    def _check(self, request: Request, identity: Identity) -> None:
        """Check a request that begins something. Raises RejectError.

        A phone may name us as its outbound proxy, in several ways (RFC 3261 §16.4). A route that goes on to other hosts
        would make us an open relay.
        """
        check_hops(identity)
        if self._loops.has_passed(request, identity):
            raise RejectError("482 Loop Detected")
        if request.method == "INVITE":
            check_interval(request)
        routes = request.values("route")
        if len(routes) > 1 and not all(map(self._is_own_hop, routes)):
            raise RejectError("403 Forbidden")
        request.remove("route")

    def _is_own_hop(self, route: str) -> bool:
        try:
            return self._domains.is_hop(uris.parse(address(route)[0]))
        except MalformedError:
            return False
