"""Messages in pieces that fit into a packet each: fragments of a datagram are nothing to rely on."""

from __future__ import annotations

from typing import Final

from sip_edge.fleet.envelope import Datagram

LARGEST: Final = 1350  # with its envelope it stays below the 1,500 bytes of an Ethernet frame, over IPv6, too
MOST: Final = 256  # SIP messages have at most 320 KB
_MOST_BYTES: Final = 8 << 20


class TooLargeError(Exception):
    """A message that no edge should have to hold."""


def cut(message: bytes) -> list[bytes]:
    """The pieces of a message, one at least. Raises TooLargeError beyond 345,600 bytes."""
    if len(message) > LARGEST * MOST:
        raise TooLargeError
    return [message[i : i + LARGEST] for i in range(0, len(message), LARGEST)] or [b""]


class Joiner:
    """Puts messages together again. Of those that stay incomplete, `size` bytes by now, the oldest make room."""

    __slots__ = ("_incomplete", "size")

    def __init__(self) -> None:
        self._incomplete: dict[tuple[str, int], dict[int, bytes]] = {}
        self.size = 0

    def add(self, datagram: Datagram) -> bytes | None:
        """The whole message once its last piece has come."""
        if datagram.pieces == 1:
            return datagram.payload
        if not datagram.place < datagram.pieces <= MOST:
            return None
        key = datagram.sender, datagram.number
        pieces = self._incomplete.setdefault(key, {})
        if datagram.place not in pieces:
            pieces[datagram.place] = datagram.payload
            self.size += len(datagram.payload)
        if len(pieces) == datagram.pieces:
            self._drop(key)
            return b"".join(pieces[i] for i in range(datagram.pieces))
        while self.size > _MOST_BYTES:
            self._drop(next(iter(self._incomplete)))
        return None

    def _drop(self, key: tuple[str, int]) -> None:
        self.size -= sum(map(len, self._incomplete.pop(key).values()))
