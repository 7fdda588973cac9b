"""Requests outside of dialogs, and the proof of their callers (RFC 3261 §16.3).

The way of an INVITE goes on in `proxy.callee_search`, `proxy.response_context`, and for each target in
`proxy.branches.branch`.
"""

from __future__ import annotations

from collections.abc import Callable

from directory.schema.model import Address
from sip_edge.continuation import Continuation
from sip_edge.guard.guard import Guard
from sip_edge.location.domains import Domains
from sip_edge.message import uri as uris
from sip_edge.message.errors import RejectError
from sip_edge.message.message import Request
from sip_edge.message.sanity import Identity
from sip_edge.message.uri import Uri
from sip_edge.message.via import Via
from sip_edge.proxy.callee_search import CalleeSearch
from sip_edge.proxy.dialog.device_address import callers_device
from sip_edge.proxy.response_contexts import ResponseContexts
from sip_edge.proxy.validation.caller_authentication import CallerAuthentication
from sip_edge.transport.flow import Flow


class InitialRequests:
    """Takes requests outside of dialogs to our extensions."""

    def __init__(
        self,
        callers: CallerAuthentication,
        search: CalleeSearch,
        contexts: ResponseContexts,
        domains: Domains,
        guard: Guard,
        clock: Callable[[], float],
    ) -> None:
        self._callers = callers
        self._search = search
        self._contexts = contexts
        self._domains = domains
        self._guard = guard
        self._clock = clock

    def receive(self, uri: Uri, request: Request, via: Via, identity: Identity, flow: Flow, now: float) -> None:
        """Take a request to the address of its Request-URI, `uri`. A caller from outside may send an INVITE alone.

        Raises RejectError with the answer to a request that goes no further, ShedError for one that gets no answer.
        """
        if self._callers.claims_to_be_ours(request, identity):
            self._check_subscription(uri, request, identity)
            self._authenticate(uri, request, via, identity, flow, now)
        elif request.method == "INVITE":
            self._guard.check_call(flow, now)
            self._search.begin(uri, self._contexts.open(request, via, identity, flow, now), "")
        else:
            raise RejectError("403 Forbidden")

    def _authenticate(self, uri: Uri, request: Request, via: Via, identity: Identity, flow: Flow, now: float) -> None:
        proof = self._callers.credentials(request, identity, flow, now)
        self._guard.check_call(flow, now)
        context = self._contexts.open(request, via, identity, flow, now)

        def on_caller_judged(caller: Address | RejectError) -> None:
            now = self._clock()
            if isinstance(caller, RejectError):
                context.refuse(caller.status, now, *caller.headers)
            else:
                context.proxied.device = callers_device(self._domains, caller, request, flow, now)
                self._search.begin(uri, context, caller.aor)

        self._callers.prove(request, flow, proof, Continuation(on_caller_judged, context.fail), self._clock)

    def _check_subscription(self, uri: Uri, request: Request, identity: Identity) -> None:
        """Refuse a phone that asks us about itself: its mailbox, its registration. Raises RejectError."""
        if request.method == "SUBSCRIBE":
            own = self._domains.extension(uri)
            if own and own == self._domains.extension(uris.parse(identity.from_uri)):
                raise RejectError("489 Bad Event")
