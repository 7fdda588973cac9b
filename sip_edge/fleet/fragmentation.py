"""Divides messages into fragments that fit into a packet each. Many networks drop the fragments of IP."""

from __future__ import annotations

from typing import Final

from sip_edge.fleet.envelope import Datagram

FRAGMENT_BYTES: Final = 1350  # with its envelope it stays below the 1,500 bytes of an Ethernet frame, over IPv6, too
MOST_FRAGMENTS: Final = 256  # SIP messages have at most 320 KB
_MOST_INCOMPLETE_BYTES: Final = 8 << 20


class TooLargeError(Exception):
    """A message that is larger than an edge has to hold."""


def fragments_of(message: bytes) -> list[bytes]:
    """Returns the fragments of a message, at least one. Raises TooLargeError beyond 345,600 bytes."""
    if len(message) > FRAGMENT_BYTES * MOST_FRAGMENTS:
        raise TooLargeError
    return [message[i : i + FRAGMENT_BYTES] for i in range(0, len(message), FRAGMENT_BYTES)] or [b""]


class Reassembly:
    """Joins fragments. Incomplete messages hold `size` bytes, and the oldest of them make room."""

    __slots__ = ("_incomplete", "size")

    def __init__(self) -> None:
        self._incomplete: dict[tuple[str, int], dict[int, bytes]] = {}
        self.size = 0

    def add(self, datagram: Datagram) -> bytes | None:
        """Returns the whole message once its last fragment has come, else None."""
        if datagram.total == 1:
            return datagram.payload
        if not datagram.position < datagram.total <= MOST_FRAGMENTS:
            return None
        key = datagram.sender, datagram.number
        fragments = self._incomplete.setdefault(key, {})
        if datagram.position not in fragments:
            fragments[datagram.position] = datagram.payload
            self.size += len(datagram.payload)
        if len(fragments) == datagram.total:
            self._drop(key)
            return b"".join(fragments[i] for i in range(datagram.total))
        while self.size > _MOST_INCOMPLETE_BYTES:
            self._drop(next(iter(self._incomplete)))
        return None

    def _drop(self, key: tuple[str, int]) -> None:
        self.size -= sum(map(len, self._incomplete.pop(key).values()))
