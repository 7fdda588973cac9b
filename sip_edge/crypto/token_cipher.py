"""Words that edges alone can make and read, each bound to what it is for (RFC 8439)."""

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
    """A word that holds a text, another one at each call."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + _cipher(keys.current).encrypt(nonce, text, purpose)


def decrypt(keys: Keys, word: bytes, purpose: bytes) -> bytes | None:
    """The text in a word; None for one that wasn't made with any of the keys for that purpose."""
    if len(word) < _NONCE_BYTES:
        return None
    for key in keys.accepted:
        try:
            return _cipher(key).decrypt(word[:_NONCE_BYTES], word[_NONCE_BYTES:], purpose)
        except InvalidTag:
            continue
    return None
