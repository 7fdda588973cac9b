"""Nonces that need no memory: whoever has the key can tell its own, and how old they are."""

from __future__ import annotations

import hmac
from hashlib import blake2s
from typing import Final

from sip_edge.keys import Keys

_TIME_DIGITS: Final = 11  # milliseconds since the epoch, in hex: until the year 2527
_SERIAL_DIGITS: Final = 5
_STAMP: Final = _TIME_DIGITS + _SERIAL_DIGITS
_SEAL_BYTES: Final = 10
_SIZE: Final = _STAMP + 2 * _SEAL_BYTES


class Nonces:
    """Issues and checks nonces: issue time, a serial number, and a keyed blake2s over both and a scope.

    A scope is what a nonce is good for: one presented elsewhere is stale. `lifetime` is in seconds. Every edge that has
    the keys accepts the nonces of all others.
    """

    __slots__ = ("_keys", "_lifetime", "_serial")

    def __init__(self, keys: Keys, lifetime: int) -> None:
        self._keys = keys
        self._lifetime = lifetime
        self._serial = 0

    def issue(self, now: float, scope: str = "") -> str:
        """A new nonce."""
        self._serial = (self._serial + 1) % 16**_SERIAL_DIGITS
        stamp = f"{int(now * 1000):0{_TIME_DIGITS}x}{self._serial:0{_SERIAL_DIGITS}x}"
        return stamp + _seal(self._keys.current, stamp, scope)

    def accepts(self, nonce: str, now: float, scope: str = "") -> bool:
        """Whether a nonce was issued by us, for this scope, and not too long ago."""
        if len(nonce) != _SIZE or not nonce.isascii():
            return False
        stamp, seal = nonce[:_STAMP], nonce[_STAMP:]
        if not any(hmac.compare_digest(seal, _seal(key, stamp, scope)) for key in self._keys.accepted):
            return False
        return now - int(stamp[:_TIME_DIGITS], 16) / 1000 <= self._lifetime


def stamp_of(nonce: str) -> str:
    """The part of a checked nonce that orders all nonces by their time of issue."""
    return nonce[:_STAMP]


def _seal(key: bytes, stamp: str, scope: str) -> str:
    return blake2s(f"{stamp} {scope}".encode(errors="surrogateescape"), key=key, digest_size=_SEAL_BYTES).hexdigest()
