"""Hands the UDP phones of an edge that stops over to other edges.

The edge asks each phone for a sign of life. The answers reach other edges, which keep the flows alive from then on. The
Call-ID proves that a flow was kept. It seals the flow's name and the time until which it is to be kept.
"""

from __future__ import annotations

import hmac
from hashlib import blake2s
from typing import Final

from sip_edge.crypto.key_ring import Keys
from sip_edge.message.message import Response
from sip_edge.registrar.reachability.keepalives import INTERVAL_S, Keepalives
from sip_edge.registrar.reachability.options_ping import options
from sip_edge.transaction.layer import Transactions
from sip_edge.transaction.tokens import Tokens
from sip_edge.transport.flow import Flow

TURNS: Final = INTERVAL_S
_SEAL_BYTES: Final = 10


class HandoverPing:
    """Pings the phones of an edge that stops, and takes over those of others."""

    __slots__ = ("_asker_host", "_keepalives", "_keys", "_tokens", "_transactions")

    def __init__(
        self, keys: Keys, keepalives: Keepalives, transactions: Transactions, tokens: Tokens, asker_host: str
    ) -> None:
        self._keys = keys
        self._keepalives = keepalives
        self._transactions = transactions
        self._tokens = tokens
        self._asker_host = asker_host

    def send(self, turn: int, now: float) -> None:
        """Sends an OPTIONS to each kept flow of one of `TURNS` turns, without a transaction."""
        for flow, until in self._keepalives.share(turn, now):
            request = options(f"sip:{flow.source}", (), self._asker_host, self._tokens)
            request.replace("call-id", f"Call-ID: {int(until)}.{_seal(self._keys.current, flow, int(until))}")
            self._transactions.add_via(request, flow)
            flow.send_if_open(request.encode())

    def take_over(self, response: Response, flow: Flow) -> bool:
        """Keeps the flow of a response to another edge's ping. Returns False for any other response."""
        until, _, seal = response.get("call-id").partition(".")
        if flow.reliable or not (until.isascii() and until.isdigit() and seal.isascii() and len(until) < 12):
            return False
        if not any(hmac.compare_digest(seal, _seal(key, flow, int(until))) for key in self._keys.accepted):
            return False
        self._keepalives.keep(flow, "", int(until))
        return True


def _seal(key: bytes, flow: Flow, until: int) -> str:
    return blake2s(f"{until} {flow.name}".encode(), key=key, digest_size=_SEAL_BYTES).hexdigest()
