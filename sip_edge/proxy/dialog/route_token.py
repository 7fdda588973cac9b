"""Route tokens: the user part of our Record-Route tells edges alone the flow to go on over (RFC 5626 §5.3.1)."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final, NamedTuple

from sip_edge.crypto.key_ring import LONGEST_DIALOG_S, Keys
from sip_edge.crypto.token_cipher import decrypt, encrypt
from sip_edge.message.errors import MalformedError

_PREFIX: Final = "flow."


class Leg(NamedTuple):
    """One side of a dialog: the edge that held its flow, and the flow.

    `way_back` is a URI to look for when the flow has ended. `media` is the text of the dialog's media session
    (`media.session`), "" when it has none. `call` is that of the parties of its call (`calls.call`). `sender` belongs
    to the end that sends requests with the token. It is the fingerprint of the URI of that end in the dialog
    (`uri_fingerprint`). It is "" in a token of an edge that seals none.
    """

    edge: str
    flow: str
    way_back: str = ""
    media: str = ""
    call: str = ""
    sender: str = ""


class RouteTokens:
    """Makes and opens tokens. Every edge with the keys opens the tokens of all others.

    A token is good for the dialogs of one Call-ID, for a week. Knowledge of it opens no other way.
    """

    __slots__ = ("_keys",)

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def seal(self, leg: Leg, call_id: str, now: float) -> str:
        """The token of a leg. `now` is in seconds since the epoch."""
        text = f"{int(now):x} {leg.edge} {leg.flow} {leg.media} {leg.call} {leg.way_back} {leg.sender}"
        return _token(encrypt(self._keys, _bytes(text), _bytes(call_id)))

    def open(self, token: str, call_id: str, now: float) -> Leg:
        """The leg of a token. Raises MalformedError for one that we didn't make, or for another call, or long ago."""
        text = decrypt(self._keys, _sealed(token), _bytes(call_id))
        if text is None:
            raise MalformedError("a route token")
        made, edge, flow, media, call, way_back, *sender = text.decode("utf-8", "surrogateescape").split(" ", 6)
        if now - int(made, 16) > LONGEST_DIALOG_S:
            raise MalformedError("a route token")
        return Leg(edge, flow, way_back, media, call, sender[0] if sender else "")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _token(sealed: bytes) -> str:
    return _PREFIX + urlsafe_b64encode(sealed).decode().rstrip("=")


def _sealed(token: str) -> bytes:
    """The sealed bytes of a token exactly as we write it; none for any other text."""
    if not token.startswith(_PREFIX):
        return b""
    try:
        sealed = urlsafe_b64decode(token.removeprefix(_PREFIX) + "=" * (-(len(token) - len(_PREFIX)) % 4))
    except ValueError:
        return b""
    return sealed if _token(sealed) == token else b""
