"""Flow tokens: the user part of our Record-Route says over which flow to go on, sealed (RFC 5626 §5.3.1)."""

from __future__ import annotations

import hmac
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2s
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20

from sip_edge.keys import LONGEST_DIALOG_S, Keys
from sip_edge.message.errors import MalformedError

_SEAL_BYTES: Final = 10
_NONCE_BYTES: Final = 8


class Leg(NamedTuple):
    """One side of a dialog: the edge that held its flow, the flow, and a URI to look for when the flow has ended.

    `media` is the word for the dialog's session at a media relay (`media.session`), "" when it has none; `call` the
    word for whose call it is (`calls.call`), which is not for the other end to read.
    """

    edge: str
    flow: str
    way_back: str = ""
    media: str = ""
    call: str = ""


class RouteTokens:
    """Makes and opens tokens. Every edge that has the keys opens the tokens of all others.

    A token is good for the dialogs of one Call-ID, for a week: who has seen one can't go anywhere else by it.
    """

    __slots__ = ("_keys",)

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def seal(self, leg: Leg, call_id: str, now: float) -> str:
        """The token of a leg. `now` is in seconds since the epoch."""
        text = f"{int(now):x} {leg.edge} {leg.flow} {leg.media} {leg.way_back}"
        if leg.call:
            text += f" {_hidden(self._keys.current, leg.call)}"
        payload = urlsafe_b64encode(text.encode("utf-8", "surrogateescape")).decode().rstrip("=")
        return f"{payload}.{_seal(self._keys.current, payload, call_id)}"

    def open(self, token: str, call_id: str, now: float) -> Leg:
        """The leg of a token. Raises MalformedError for one that we didn't make, or for another call, or long ago."""
        payload, _, seal = token.partition(".")
        if len(seal) != 2 * _SEAL_BYTES or not token.isascii():
            raise MalformedError("a route token")
        key = next((k for k in self._keys.accepted if hmac.compare_digest(seal, _seal(k, payload, call_id))), None)
        if key is None:
            raise MalformedError("a route token")
        text = urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode("utf-8", "surrogateescape")
        made, edge, flow, media, rest = text.split(" ", 4)
        way_back, _, call = rest.partition(" ")
        if now - int(made, 16) > LONGEST_DIALOG_S:
            raise MalformedError("a route token")
        return Leg(edge, flow, way_back, media, _shown(key, call))


def _seal(key: bytes, payload: str, call_id: str) -> str:
    text = f"{payload} {call_id}".encode("utf-8", "surrogateescape")
    return blake2s(text, key=key, digest_size=_SEAL_BYTES, person=b"route").hexdigest()


def _hidden(key: bytes, word: str) -> str:
    """A word that only we can read; the token's seal is what keeps it from being changed."""
    if not word:
        return ""
    nonce = os.urandom(_NONCE_BYTES)
    return urlsafe_b64encode(nonce + _turned(key, nonce, word.encode())).decode().rstrip("=")


def _shown(key: bytes, hidden: str) -> str:
    if not hidden:
        return ""
    data = urlsafe_b64decode(hidden + "=" * (-len(hidden) % 4))
    return _turned(key, data[:_NONCE_BYTES], data[_NONCE_BYTES:]).decode()


def _turned(key: bytes, nonce: bytes, data: bytes) -> bytes:
    """Encrypt, or decrypt."""
    algorithm = ChaCha20(blake2s(key=key, person=b"call").digest(), nonce.rjust(16, b"\0"))
    return Cipher(algorithm, mode=None).encryptor().update(data)
