"""Requests outside of dialogs: the proof of the caller, the targets of the callee, the fork (RFC 3261 §16.3 to §16.6).

The way of an INVITE goes on from `fork` in `proxy.response_context`, and from each target in `proxy.branch`.
"""

from __future__ import annotations

from collections.abc import Callable

from directory.schema.model import Address
from sip_edge.calls.call import are_colleagues
from sip_edge.continuation import Continuation
from sip_edge.guard.guard import Guard
from sip_edge.location.domains import Domains
from sip_edge.message import uri as uris
from sip_edge.message.errors import RejectError
from sip_edge.message.message import Request
from sip_edge.message.sanity import Identity
from sip_edge.message.uri import Uri
from sip_edge.message.via import Via
from sip_edge.proxy.dialog.device_address import callers_device
from sip_edge.proxy.response_context import ResponseContext
from sip_edge.proxy.response_contexts import ResponseContexts
from sip_edge.proxy.targets.location_lookup import Located, LocationLookup
from sip_edge.proxy.validation.caller_authentication import CallerAuthentication
from sip_edge.proxy.validation.trusted_headers import is_for_colleagues
from sip_edge.transport.flow import Flow


class InitialRequests:
    """Takes requests outside of dialogs to our extensions."""

    def __init__(
        self,
        callers: CallerAuthentication,
        location: LocationLookup,
        contexts: ResponseContexts,
        domains: Domains,
        guard: Guard,
        clock: Callable[[], float],
    ) -> None:
        self._callers = callers
        self._location = location
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
            self._locate(uri, self._contexts.open(request, via, identity, flow, now), "")
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
                self._locate(uri, context, caller.aor)

        self._callers.prove(request, flow, proof, Continuation(on_caller_judged, context.fail), self._clock)

    def _locate(self, uri: Uri, context: ResponseContext, caller: str) -> None:
        """Find the targets. `caller` is the proved address of record of the caller, "" for one outside."""

        def on_located(located: Located) -> None:
            now = self._clock()
            proxied, callee, groups = context.proxied, located.aor, located.groups
            proxied.are_colleagues = are_colleagues(caller, callee)
            proxied.account.introduce(caller, callee)
            if callee and not proxied.are_colleagues and is_for_colleagues(proxied.request):
                context.refuse("403 Forbidden", now)
            elif callee and callee == caller and proxied.request.method == "SUBSCRIBE":
                context.refuse("489 Bad Event", now)  # by a direct address or a temporary GRUU
            elif isinstance(groups, RejectError):
                if groups.status.startswith("404"):
                    self._guard.missed(proxied.flow, now)
                context.refuse(groups.status, now, *groups.headers)
            else:
                context.fork(groups, now)

        self._location.find(uri, Continuation(on_located, context.fail))

    def _check_subscription(self, uri: Uri, request: Request, identity: Identity) -> None:
        """Refuse a phone that asks us about itself: its mailbox, its registration. Raises RejectError."""
        if request.method == "SUBSCRIBE":
            own = self._domains.extension(uri)
            if own and own == self._domains.extension(uris.parse(identity.from_uri)):
                raise RejectError("489 Bad Event")
