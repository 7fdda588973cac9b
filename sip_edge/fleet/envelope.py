"""Encrypts the datagrams between edges, each for one receiver, dated and numbered (RFC 8439).

A message that came over TLS does not cross the private network in the clear either.
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
_HEAD: Final = struct.Struct("!BBQQHHB")  # version, kind, number, milliseconds, position, total, length of the sender
_NONCE: Final = struct.Struct("!QI")
_MOST_AGE_MS: Final = 1000 * MOST_SKEW_S
_MOST_SENDERS: Final = 256


class ForgedError(Exception):
    """A datagram that no edge has sent to this one, or none within the last 30 s."""


class Datagram(NamedTuple):
    """Fragment `position` of `total` fragments of a message. Its sender gives each message another `number`."""

    sender: str
    kind: int
    number: int
    position: int
    total: int
    payload: bytes


def name_of(address: str, now: float) -> str:
    """Returns the name of the edge at `host:port` whose life begins now."""
    return f"{address}/{int(now * 1000):012x}"


def address_of(edge: str) -> str:
    """Returns the `host:port` in an edge's name."""
    return edge.partition("/")[0]


class Envelopes:
    """Seals the datagrams that one edge sends, and opens those that it gets.

    Every life of an edge has a name, and every name a key of its own. So number and position never make the same nonce
    twice under one key. `time` follows the dates of the datagrams that are opened.
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

    def seal(self, receiver: str, kind: int, fragments: list[bytes], now: float) -> tuple[int, list[bytes]]:
        """Returns a message's number and a datagram for each fragment. `receiver` is an edge's name or address."""
        self._number += 1
        if self._key is not self._keys.current:
            self._key = self._keys.current
            self._sealing = _cipher(self._key, self.name)
        name, at, address = self.name.encode(), int(now * 1000), address_of(receiver).encode()
        sealed = []
        for position, fragment in enumerate(fragments):
            head = _HEAD.pack(_VERSION, kind, self._number, at, position, len(fragments), len(name)) + name
            nonce = _NONCE.pack(self._number, position)
            sealed.append(head + self._sealing.encrypt(nonce, fragment, head + address))
        return self._number, sealed

    def open(self, data: bytes, now: float) -> Datagram:
        """Returns the content of a datagram. Raises ForgedError unless it was sealed for this edge within 30 s.

        An older datagram may be a repetition, and tells nothing about its sender's clock. A newer one does.
        """
        try:
            version, kind, number, at, position, total, length = _HEAD.unpack_from(data)
            head = data[: _HEAD.size + length]
            sender = head[_HEAD.size :].decode("ascii")
        except (struct.error, UnicodeDecodeError):
            raise ForgedError from None
        if version != _VERSION or now * 1000 - at > _MOST_AGE_MS:
            raise ForgedError
        nonce = _NONCE.pack(number, position)
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
            return Datagram(sender, kind, number, position, total, payload)
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
