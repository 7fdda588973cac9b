"""The keys with which an edge signs. They come in a ring, and are replaced while it runs."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2s
from math import inf
from typing import Final

from directory.edge_keys import EdgeKey

# Everything signed carries its time. After this lifetime nothing valid is signed with a former key any more.
NONCE_LIFETIME_S: Final = 300
LONGEST_DIALOG_S: Final = 7 * 86_400
_LONGEST_TRANSACTION_S: Final = 3600
_OLDEST_DATAGRAM_S: Final = 60


class Keys:
    """The keys for one purpose, of 32 bytes: `current` signs, and a signature by any of `accepted` is ours.

    A key is accepted for `kept` seconds after the next one has begun to sign. It is accepted before it begins itself,
    too, since other edges' clocks may be ahead.
    """

    __slots__ = ("_kept", "_purpose", "accepted", "current")

    current: bytes
    accepted: tuple[bytes, ...]

    def __init__(self, purpose: bytes, kept: float) -> None:
        self._purpose = purpose
        self._kept = kept

    def turn(self, ring: Sequence[EdgeKey], now: float) -> None:
        """Chooses among the keys of a ring, which are in the order of their beginnings."""
        ends = [*(key.begins for key in ring[1:]), inf]
        accepted = [key for key, end in zip(ring, ends, strict=True) if now < end + self._kept]
        begun = [key for key in accepted if key.begins <= now]
        current = begun[-1] if begun else accepted[0]
        self.current = self._derived(current)
        # Most signatures that come are by the current key.
        self.accepted = (self.current, *(self._derived(key) for key in accepted if key is not current))

    def _derived(self, key: EdgeKey) -> bytes:
        return blake2s(key.secret, person=self._purpose).digest()


class KeyRing:
    """All keys of an edge, each derived from the secrets of one ring for a purpose of its own.

    Temporary GRUUs last as long as registrations, which have no limit. Their former keys are accepted until they leave
    the ring.
    """

    __slots__ = ("_ring", "channel", "gruus", "handovers", "loops", "marks", "nonces", "routes")

    def __init__(self, ring: Sequence[EdgeKey], now: float) -> None:
        self.nonces = Keys(b"nonce", NONCE_LIFETIME_S)
        self.routes = Keys(b"route", LONGEST_DIALOG_S)
        self.gruus = Keys(b"gruu", inf)
        self.marks = Keys(b"mark", _LONGEST_TRANSACTION_S)
        self.loops = Keys(b"loop", _LONGEST_TRANSACTION_S)
        self.channel = Keys(b"channel", _OLDEST_DATAGRAM_S)
        self.handovers = Keys(b"farewell", _LONGEST_TRANSACTION_S)
        self.replace(ring, now)

    def replace(self, ring: Sequence[EdgeKey], now: float) -> bool:
        """Continues with these secrets, which may be the same: time alone makes others current.

        Returns whether they are others than before.
        """
        is_new = ring != getattr(self, "_ring", ring)
        self._ring = ring
        for keys in (self.nonces, self.routes, self.gruus, self.marks, self.loops, self.channel, self.handovers):
            keys.turn(ring, now)
        return is_new
