"""Tokens that edges alone can make and read, each bound to its purpose (RFC 8439)."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from sip_edge.crypto.key_ring import Keys

_NONCE_BYTES: Final = 12
_cipher: Final = lru_cache(16)(ChaCha20Poly1305)


def encrypt(keys: Keys, text: bytes, purpose: bytes) -> bytes:
    """Returns a token that holds a text, another one at each call."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + _cipher(keys.current).encrypt(nonce, text, purpose)


def decrypt(keys: Keys, token: bytes, purpose: bytes) -> bytes | None:
    """Returns the text in a token, None for one that wasn't made with any of the keys for that purpose."""
    if len(token) < _NONCE_BYTES:
        return None
    for key in keys.accepted:
        try:
            return _cipher(key).decrypt(token[:_NONCE_BYTES], token[_NONCE_BYTES:], purpose)
        except InvalidTag:
            continue
    return None
