"""Caches addresses as this edge last saw them."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from directory.schema.model import Address

_MOST: Final = 100_000


class AddressCache:
    """The addresses seen last, so that a refresh costs no read.

    They may be of any age. A write depends on the cached version, and fails when that is an old one.
    """

    __slots__ = ("_addresses",)

    def __init__(self) -> None:
        self._addresses: OrderedDict[str, Address] = OrderedDict()

    def recall(self, aor: str) -> Address | None:
        """Returns the address as it was, None when it was not seen lately."""
        return self._addresses.get(aor)

    def keep(self, address: Address) -> None:
        """Caches an address that was read or written."""
        addresses = self._addresses
        addresses[address.aor] = address
        addresses.move_to_end(address.aor)
        if len(addresses) > _MOST:
            addresses.popitem(last=False)

    def forget(self, aor: str) -> None:
        """Drops an address that no longer exists."""
        self._addresses.pop(aor, None)
