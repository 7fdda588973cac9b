"""Datagrams between edges: encrypted and sealed for one receiver, dated, numbered (RFC 8439).

What a phone sent over TLS does not cross the private network in the clear either.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from hashlib import blake2s
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from sip_edge.crypto.key_ring import Keys
from sip_edge.fleet.fleet_time import MOST_SKEW_S, FleetTime

_VERSION: Final = 0x46
_HEAD: Final = struct.Struct("!BBQQHHB")  # version, kind, number, milliseconds, place, pieces, length of the sender
_NONCE: Final = struct.Struct("!QI")
_MOST_AGE_MS: Final = 1000 * MOST_SKEW_S
_MOST_SENDERS: Final = 256


class ForgedError(Exception):
    """A datagram that no edge has sent to this one, or not now."""


class Datagram(NamedTuple):
    """One of `pieces` of a message, in its `place` among them; `number` tells the messages of its `sender` apart."""

    sender: str
    kind: int
    number: int
    place: int
    pieces: int
    payload: bytes


def name_of(address: str, now: float) -> str:
    """The name of the edge at `host:port` whose life begins now."""
    return f"{address}/{int(now * 1000):012x}"


def address_of(edge: str) -> str:
    """The `host:port` in an edge's name."""
    return edge.partition("/")[0]


class Envelopes:
    """Seals what one edge sends, and opens what it gets.

    Every life of an edge has a name, and every name a key of its own, so that number and place never make the same
    nonce twice under one key. `time` follows the dates of what is opened.
    """

    __slots__ = ("_address", "_ciphers", "_key", "_keys", "_number", "_sealing", "_time", "name")

    def __init__(self, keys: Keys, name: str, time: FleetTime | None = None) -> None:
        self.name = name
        self._time = time
        self._address = address_of(name).encode()
        self._keys = keys
        self._key = b""
        self._ciphers: dict[str, ChaCha20Poly1305] = {}
        self._number = 0

    def seal(self, receiver: str, kind: int, pieces: list[bytes], now: float) -> tuple[int, list[bytes]]:
        """A message's number and its datagrams, one for each piece; `receiver` is an edge's name or address."""
        self._number += 1
        if self._key is not self._keys.current:
            self._key = self._keys.current
            self._sealing = _cipher(self._key, self.name)
        name, at, address = self.name.encode(), int(now * 1000), address_of(receiver).encode()
        sealed = []
        for place, piece in enumerate(pieces):
            head = _HEAD.pack(_VERSION, kind, self._number, at, place, len(pieces), len(name)) + name
            nonce = _NONCE.pack(self._number, place)
            sealed.append(head + self._sealing.encrypt(nonce, piece, head + address))
        return self._number, sealed

    def open(self, data: bytes, now: float) -> Datagram:
        """What is in a datagram. Raises ForgedError for what wasn't sealed for this edge within the last 30 s.

        An older datagram may be a repetition, and tells nothing about its sender's clock. A newer one does.
        """
        try:
            version, kind, number, at, place, count, length = _HEAD.unpack_from(data)
            head = data[: _HEAD.size + length]
            sender = head[_HEAD.size :].decode("ascii")
        except (struct.error, UnicodeDecodeError):
            raise ForgedError from None
        if version != _VERSION or now * 1000 - at > _MOST_AGE_MS:
            raise ForgedError
        nonce = _NONCE.pack(number, place)
        for cipher in self._candidates(sender):
            try:
                payload = cipher.decrypt(nonce, data[len(head) :], head + self._address)
            except InvalidTag:
                continue
            if self._time:
                self._time.follow(at / 1000, now, sender)
            if at - now * 1000 > _MOST_AGE_MS:
                raise ForgedError
            self._remember(sender, cipher)
            return Datagram(sender, kind, number, place, count, payload)
        raise ForgedError

    def _candidates(self, sender: str) -> Iterator[ChaCha20Poly1305]:
        if sender in self._ciphers:
            yield self._ciphers[sender]
        for key in self._keys.accepted:
            yield _cipher(key, sender)

    def _remember(self, sender: str, cipher: ChaCha20Poly1305) -> None:
        if sender not in self._ciphers and len(self._ciphers) >= _MOST_SENDERS:
            del self._ciphers[next(iter(self._ciphers))]
        self._ciphers[sender] = cipher


def _cipher(key: bytes, sender: str) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(blake2s(sender.encode(), key=key, person=b"sender").digest())
