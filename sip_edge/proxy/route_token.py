"""Flow tokens: the user part of our Record-Route says over which flow to go on, sealed (RFC 5626 §5.3.1)."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2s
from typing import Final

from sip_edge.message.errors import MalformedError

_SEAL_BYTES: Final = 10


class RouteTokens:
    """Makes and opens tokens. Every edge that has the key opens the tokens of all others."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        self._key = key

    def seal(self, edge: str, flow: str) -> str:
        """The token of a flow that an edge holds."""
        payload = urlsafe_b64encode(f"{edge} {flow}".encode()).decode().rstrip("=")
        return f"{payload}.{self._seal_of(payload)}"

    def open(self, token: str) -> tuple[str, str]:
        """The edge and the flow of a token. Raises MalformedError for one that we didn't make."""
        payload, _, seal = token.partition(".")
        if not token.isascii() or not hmac.compare_digest(seal, self._seal_of(payload)):
            raise MalformedError("a route token")
        edge, _, flow = urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode().partition(" ")
        return edge, flow

    def _seal_of(self, payload: str) -> str:
        return blake2s(payload.encode(), key=self._key, digest_size=_SEAL_BYTES, person=b"route").hexdigest()
