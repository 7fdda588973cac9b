"""Challenges phones for their credentials."""

from __future__ import annotations

from sip_edge.auth.digest import Challenger
from sip_edge.message.message import Request
from sip_edge.message.reply import reply
from sip_edge.transaction.tokens import Tokens
from sip_edge.transport.flow import Flow
from sip_edge.transport.source_network import network_of


def source_scope(flow: Flow) -> str:
    """Returns the scope of a REGISTER's nonce: the network that asked for it, with any port.

    An attacker in another network can't use the nonce. A phone whose address changes is challenged once more.
    """
    return network_of(flow.host)


class Challenge:
    """Answers a REGISTER with a challenge: a 407 with both headers, or the `plain` 401 of RFC 3261 §22.2.

    Every phone understands both headers together. The reference text draws WWW-Authenticate alone, with which many
    phones give up on a 407.
    """

    __slots__ = ("_challenger", "_plain", "_tokens")

    def __init__(self, challenger: Challenger, tokens: Tokens, plain: bool) -> None:
        self._challenger = challenger
        self._tokens = tokens
        self._plain = plain

    def to(self, request: Request, flow: Flow, now: float, stale: bool, after: str = "") -> tuple[int, bytes]:
        """Returns the status and the response that ask for credentials, over the flow that the request came over.

        `stale` tells that the credentials that came were on an old nonce. `after` is a stamp that the new nonce has to
        be newer than.
        """
        value = self._challenger.challenge(now, stale, source_scope(flow), after)
        tag = self._tokens.next()
        if self._plain:
            return 401, reply(request, "401 Unauthorized", tag, f"WWW-Authenticate: {value}")
        headers = (f"WWW-Authenticate: {value}", f"Proxy-Authenticate: {value}")
        return 407, reply(request, "407 Proxy Authentication Required", tag, *headers)
