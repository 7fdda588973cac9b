"""Names the edge that holds a transaction at the end of a branch.

To a device the fleet is one element with one name in its Via. A response may reach any edge of it. The mark is
sealed, so that no sender can choose an address to which an edge sends.
"""

from __future__ import annotations

import hmac
import struct
from hashlib import blake2s
from ipaddress import ip_address
from typing import Final

from sip_edge.crypto.key_ring import Keys

_SEAL_DIGITS: Final = 16
_PORT_DIGITS: Final = 4


class BranchOwners:
    """Makes the mark of one edge, and reads the marks of all edges that have the keys. Addresses are `host:port`."""

    __slots__ = ("_key", "_keys", "_mine", "_place")

    def __init__(self, keys: Keys, address: str) -> None:
        self._keys = keys
        self._key = b""
        host, _, port = address.rpartition(":")
        self._place = ip_address(host.strip("[]")).packed.hex() + struct.pack("!H", int(port)).hex()

    @property
    def mine(self) -> str:
        """The mark of this edge."""
        if self._key is not self._keys.current:
            self._key = self._keys.current
            self._mine = f".{self._place}{_seal(self._key, self._place)}"
        return self._mine

    def owner(self, branch: str) -> str | None:
        """Returns the address of the edge that made a branch, None when no edge of the fleet did."""
        mark = branch.rpartition(".")[2]
        place, seal = mark[:-_SEAL_DIGITS], mark[-_SEAL_DIGITS:]
        if not mark.isascii() or not any(hmac.compare_digest(seal, _seal(key, place)) for key in self._keys.accepted):
            return None
        host = ip_address(bytes.fromhex(place[:-_PORT_DIGITS]))
        port = int(place[-_PORT_DIGITS:], 16)
        return f"[{host}]:{port}" if host.version == 6 else f"{host}:{port}"


def _seal(key: bytes, place: str) -> str:
    return blake2s(place.encode(), key=key, digest_size=_SEAL_DIGITS // 2, person=b"mark").hexdigest()
