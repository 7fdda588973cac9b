"""Nonces without a table: each carries its time of issue, sealed with a key that all edges share."""

from __future__ import annotations

import hmac
from hashlib import blake2s
from typing import Final

from sip_edge.crypto.key_ring import Keys
from sip_edge.fleet.fleet_time import FleetTime

_TIME_DIGITS: Final = 11  # milliseconds since the epoch, in hex: until the year 2527
_SERIAL_DIGITS: Final = 5
_STAMP: Final = _TIME_DIGITS + _SERIAL_DIGITS
_SEAL_BYTES: Final = 10
_SIZE: Final = _STAMP + 2 * _SEAL_BYTES


class Nonces:
    """Issues and checks nonces: issue time, a serial number, and a keyed blake2s over both and a scope.

    A nonce is stale outside of its scope. `lifetime` is in seconds. Every edge that has the keys accepts the nonces of
    all others. `time` is that of the fleet; without it, this edge's own counts alone.
    """

    __slots__ = ("_keys", "_lifetime", "_serial", "_time")

    def __init__(self, keys: Keys, lifetime: int, time: FleetTime | None = None) -> None:
        self._keys = keys
        self._lifetime = lifetime
        self._time = time
        self._serial = 0

    def issue(self, now: float, scope: str = "", after: str = "") -> str:
        """Returns a new nonce, one that is newer than the stamp `after`."""
        self._serial = (self._serial + 1) % 16**_SERIAL_DIGITS
        newest = self._time.newest(now) if self._time else now
        milliseconds = max(int(newest * 1000), _milliseconds(after) + 1)
        stamp = f"{milliseconds:0{_TIME_DIGITS}x}{self._serial:0{_SERIAL_DIGITS}x}"
        return stamp + _seal(self._keys.current, stamp, scope)

    def accepts(self, nonce: str, now: float, scope: str = "") -> bool:
        """Returns whether a nonce was issued by us, for this scope, and not too long ago."""
        return self.is_ours(nonce, scope) and now - time_of(nonce) <= self._lifetime

    def is_ours(self, nonce: str, scope: str) -> bool:
        """Returns whether a nonce was issued by us for this scope, however long ago."""
        if len(nonce) != _SIZE or not nonce.isascii():
            return False
        stamp, seal = nonce[:_STAMP], nonce[_STAMP:]
        return any(hmac.compare_digest(seal, _seal(key, stamp, scope)) for key in self._keys.accepted)

    def follow(self, stamp: str, aor: str, now: float) -> None:
        """Issues no older nonce than this stamp from now on. It is or becomes a watermark."""
        if self._time:
            self._time.follow(time_of(stamp), now, aor)


def stamp_of(nonce: str) -> str:
    """Returns the part of a checked nonce that orders all nonces by their time of issue."""
    return nonce[:_STAMP]


def time_of(nonce: str) -> float:
    """Returns when a checked nonce or stamp was issued, in seconds since the epoch; 0 for an empty one."""
    return _milliseconds(nonce) / 1000


def _milliseconds(nonce: str) -> int:
    return int(nonce[:_TIME_DIGITS] or "0", 16)


def _seal(key: bytes, stamp: str, scope: str) -> str:
    return blake2s(f"{stamp} {scope}".encode(errors="surrogateescape"), key=key, digest_size=_SEAL_BYTES).hexdigest()
