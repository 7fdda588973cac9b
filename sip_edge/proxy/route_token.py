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

    def seal(self, edge: str, flow: str, way_back: str = "", media: str = "") -> str:
        """The token of a flow that an edge holds, and of the URI to look for when the flow has ended.

        `media` is the word for the dialog's session at a media relay (`media.session`), "" when it has none.
        """
        text = f"{edge} {flow} {media} {way_back}".encode("utf-8", "surrogateescape")
        payload = urlsafe_b64encode(text).decode().rstrip("=")
        return f"{payload}.{self._seal_of(payload)}"

    def open(self, token: str) -> tuple[str, str, str, str]:
        """The edge, flow, way back and media of a token. Raises MalformedError for one that we didn't make."""
        payload, _, seal = token.partition(".")
        if not token.isascii() or not hmac.compare_digest(seal, self._seal_of(payload)):
            raise MalformedError("a route token")
        text = urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode("utf-8", "surrogateescape")
        edge, flow, media, way_back = text.split(" ", 3)
        return edge, flow, way_back, media

    def _seal_of(self, payload: str) -> str:
        return blake2s(payload.encode(), key=self._key, digest_size=_SEAL_BYTES, person=b"route").hexdigest()
