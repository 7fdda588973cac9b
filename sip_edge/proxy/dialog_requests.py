"""Requests within a dialog (RFC 3261 §16.12).

They go over the flow of their route token, or over the next flow to its end.
"""

from __future__ import annotations

from functools import partial

from sip_edge.continuation import Continuation
from sip_edge.journal import Journal
from sip_edge.media.session import Session
from sip_edge.message.errors import RejectError
from sip_edge.message.message import Request
from sip_edge.message.sanity import Identity
from sip_edge.message.via import Via
from sip_edge.proxy.dialog.dialogs import Destination, Dialogs
from sip_edge.proxy.forwarding import Forwarding, forwarded_size
from sip_edge.proxy.response_contexts import ResponseContexts
from sip_edge.proxy.targets.next_hop import NextHops
from sip_edge.proxy.targets.target import Target
from sip_edge.proxy.validation.caller_authentication import CallerAuthentication
from sip_edge.proxy.validation.loops import check_hops
from sip_edge.proxy.validation.trusted_headers import is_remote_control
from sip_edge.transport.flow import Flow


class DialogRequests:
    """Forwards requests within the dialogs that were made through an edge of the fleet."""

    def __init__(
        self,
        dialogs: Dialogs,
        callers: CallerAuthentication,
        next_hops: NextHops,
        contexts: ResponseContexts,
        forwarding: Forwarding,
        journal: Journal,
    ) -> None:
        self._dialogs = dialogs
        self._callers = callers
        self._next_hops = next_hops
        self._contexts = contexts
        self._forwarding = forwarding
        self._journal = journal

    def are_of(self, request: Request, identity: Identity) -> bool:
        """Whether a request belongs to a dialog. A peer whose 2xx had no tag is known by our route token."""
        return bool(identity.to_tag) or self._dialogs.has_token(request)

    def receive(self, request: Request, via: Via, identity: Identity, flow: Flow, now: float) -> None:
        """Forward a request other than ACK and CANCEL. Raises RejectError with the answer to one that goes nowhere."""
        check_hops(identity)
        destination = self._dialogs.destination(request)
        self._check(destination, request, identity)
        next_hop = self._next_hops.next_hop(destination.flow, destination.uri, forwarded_size(request))
        context = self._contexts.open(request, via, identity, flow, now)
        context.proxied.are_colleagues = destination.is_internal
        context.proxied.account.belong_to(destination.call)

        def on_flow_found(towards: Flow | None) -> None:
            now = self._forwarding.clock()
            if towards:
                session, sender = destination.session, destination.sender
                context.fork([[Target(towards, next_hop=next_hop, session=session, sender=sender)]], now)
            else:
                context.refuse("480 Temporarily Unavailable", now)

        next_hop.next_flow(context, Continuation(on_flow_found, context.fail))

    def receive_ack(self, request: Request, identity: Identity) -> None:
        """Forward the ACK to a 2xx: it has no transaction (RFC 3261 §16.11).

        Raises RejectError for one that goes nowhere; there is no answer to an ACK.
        """
        check_hops(identity)
        destination = self._dialogs.destination(request)
        ack = self._forwarding.prepare(request, identity.hops, destination.is_internal)
        next_hop = self._next_hops.next_hop(destination.flow, destination.uri, forwarded_size(request))
        on_flow_found = Continuation(partial(self._on_ack_flow_found, ack, destination), self._on_ack_lost)
        next_hop.next_flow(None, on_flow_found)  # a callee repeats its 2xx, and so does the caller its ACK

    def _on_ack_flow_found(self, ack: Request, destination: Destination, flow: Flow | None) -> None:
        if flow and destination.session and ack.body:
            on_answer_rewritten: Continuation[Session | RejectError] = Continuation(
                lambda _: self._forwarding.send_ack(ack, flow), self._on_ack_lost
            )
            self._forwarding.anchors.request(destination.session, destination.sender, ack, flow, on_answer_rewritten)
        elif flow:
            self._forwarding.send_ack(ack, flow)

    def _on_ack_lost(self, error: Exception) -> None:
        """No requester waits for an answer: the callee repeats its 2xx until another ACK comes."""
        self._journal.trouble("internal_error", error)

    def _check(self, destination: Destination, request: Request, identity: Identity) -> None:
        """Check a request other than the BYE that ends the dialog. Raises RejectError."""
        if request.method == "BYE":
            return
        self._callers.check_unchanged(request, identity, destination)
        if not destination.is_internal and is_remote_control(request):
            raise RejectError("403 Forbidden")
