"""Marks: the end of a branch tells which edge holds its transaction.

To a device the fleet is one element, with one name in its Via, and a response may reach any edge of it. The mark is
sealed, so that nobody can make an edge send anything to an address of his choice.
"""

from __future__ import annotations

import hmac
import struct
from hashlib import blake2s
from ipaddress import ip_address
from typing import Final

_SEAL_DIGITS: Final = 16
_PORT_DIGITS: Final = 4


class Marks:
    """Makes the mark of one edge, and reads those of all others that have the key. Addresses are `host:port`."""

    __slots__ = ("_keys", "mine")

    def __init__(self, keys: tuple[bytes, ...], address: str) -> None:
        """The first key seals; all open."""
        self._keys = keys
        host, _, port = address.rpartition(":")
        place = ip_address(host.strip("[]")).packed.hex() + struct.pack("!H", int(port)).hex()
        self.mine = f".{place}{_seal(keys[0], place)}"

    def owner(self, branch: str) -> str | None:
        """The address of the edge that made a branch; None when none of ours did."""
        mark = branch.rpartition(".")[2]
        place, seal = mark[:-_SEAL_DIGITS], mark[-_SEAL_DIGITS:]
        if not mark.isascii() or not any(hmac.compare_digest(seal, _seal(key, place)) for key in self._keys):
            return None
        host = ip_address(bytes.fromhex(place[:-_PORT_DIGITS]))
        port = int(place[-_PORT_DIGITS:], 16)
        return f"[{host}]:{port}" if host.version == 6 else f"{host}:{port}"


def _seal(key: bytes, place: str) -> str:
    return blake2s(place.encode(), key=key, digest_size=_SEAL_DIGITS // 2, person=b"mark").hexdigest()
