"""Answers to requests for the edge itself (RFC 3261 §8.2, §11.2)."""

from __future__ import annotations

from sip_edge.location.domains import Domains
from sip_edge.message.errors import RejectError
from sip_edge.message.message import Request
from sip_edge.message.reply import SERVER, reply
from sip_edge.message.sanity import Identity
from sip_edge.message.uri import Uri, without_headers
from sip_edge.message.via import Via
from sip_edge.proxy.accounting import METHODS
from sip_edge.proxy.validation.caller_authentication import CallerAuthentication
from sip_edge.proxy.validation.loops import check_hops
from sip_edge.transaction.layer import Transactions
from sip_edge.transaction.tokens import Tokens
from sip_edge.transport.flow import Flow


class EdgeAnswers:
    """Answers as a user agent server."""

    def __init__(
        self, transactions: Transactions, tokens: Tokens, domains: Domains, callers: CallerAuthentication
    ) -> None:
        self._transactions = transactions
        self._tokens = tokens
        self._domains = domains
        self._callers = callers

    def is_probe(self, uri: Uri, request: Request, identity: Identity) -> bool:
        """Whether an OPTIONS is for the edge, or comes to one of its addresses from outside.

        Trunks probe their peers like that (RFC 3261 §11). Scanners look for names, so all addresses look alike.
        Raises RejectError for an address that no further hop is left for.
        """
        if self._domains.extension(uri) is None and self._domains.direct_hash(uri) is None:
            return True
        check_hops(identity)
        return not self._callers.claims_to_be_ours(request, identity)

    def answer(self, request: Request, via: Via, flow: Flow, now: float) -> None:
        """Answer an OPTIONS. Raises RejectError for any other method."""
        if request.method == "SUBSCRIBE":
            raise RejectError("489 Bad Event")
        if request.method != "OPTIONS":
            raise RejectError("405 Method Not Allowed", "Allow: OPTIONS, REGISTER")
        data = reply(
            request,
            "200 OK",
            self._tokens.next(),
            f"Allow: {', '.join(METHODS)}",
            "Accept: application/sdp",
            SERVER,
        )
        self._transactions.serve(request, via, flow).respond(200, data, now)


def may_ring(request: Request) -> bool:
    """Whether a caller may get a 180 of the edge's own. One that wants it to be reliable may not (RFC 3262 §3).

    In a dialog nothing rings.
    """
    if request.method != "INVITE" or "tag=" in request.get("to").lower():
        return False
    return not any(tag.lower() == "100rel" for tag in request.tags("require"))


def ringing(invite: Request, to_tag: str) -> bytes:
    """A 180 to an INVITE. It makes an early dialog (RFC 3261 §12.1.1) with the address that is called."""
    return reply(invite, "180 Ringing", to_tag, f"Contact: <{without_headers(invite.uri)}>", SERVER)
