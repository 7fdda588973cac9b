"""Opens the response context of each request that the proxy forwards (RFC 3261 §16.2)."""

from __future__ import annotations

from sip_edge.calls.ledger import Ledger
from sip_edge.journal import Journal
from sip_edge.message.message import Request
from sip_edge.message.reply import reply
from sip_edge.message.sanity import Identity
from sip_edge.message.via import Via
from sip_edge.proxy.accounting import Accounting
from sip_edge.proxy.forwarding import Forwarding
from sip_edge.proxy.proxied_request import HELD_METHODS, LONGEST_HOLD_S, ProxiedRequest
from sip_edge.proxy.response_context import ResponseContext
from sip_edge.proxy.validation.loops import Loops
from sip_edge.transaction.server import ServerTransaction
from sip_edge.transaction.tokens import Tokens
from sip_edge.transport.flow import Flow


class ResponseContexts:
    """Opens response contexts, each with the server transaction of its request."""

    def __init__(self, forwarding: Forwarding, loops: Loops, ledger: Ledger, tokens: Tokens, journal: Journal) -> None:
        self._forwarding = forwarding
        self._loops = loops
        self._ledger = ledger
        self._tokens = tokens
        self._journal = journal

    def open(self, request: Request, via: Via, identity: Identity, flow: Flow, now: float) -> ResponseContext:
        """The response context of a request that came over a flow. An INVITE gets its 100."""
        transactions = self._forwarding.transactions
        # A request within a dialog follows its route, and makes progress at each return.
        loop = "" if identity.to_tag else self._loops.part(request, identity)
        is_invite = request.method == "INVITE"
        server: ServerTransaction = (
            transactions.serve_invite(request, via, flow) if is_invite else transactions.serve(request, via, flow)
        )
        account = Accounting(self._ledger, self._journal, request, flow.source, now)
        is_held = not identity.to_tag and request.method in HELD_METHODS
        held_until = now + LONGEST_HOLD_S if is_held or identity.to_tag else now
        proxied = ProxiedRequest(request, flow, identity.hops, loop, account, held_until)
        proxied.is_held = is_held
        context = ResponseContext(proxied, server, self._forwarding, self._tokens, now)
        if is_invite:
            server.respond(100, reply(request, "100 Trying", ""), now)
        return context
