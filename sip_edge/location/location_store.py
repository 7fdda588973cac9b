"""The location store, as the edge uses it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from directory.edge.address_book import ReadOutcome, ResolveOutcome, WriteOutcome
from directory.schema.model import Address


class LocationStore(Protocol):
    """Stores addresses and direct hashes (`directory.edge.address_book.AddressBook`). All outcomes come later."""

    def read(self, aor: str, then: Callable[[ReadOutcome], None]) -> None:
        """Reads an address consistently."""

    def resolve(self, direct_hash: str, then: Callable[[ResolveOutcome], None]) -> None:
        """Reads the aor behind a direct hash consistently."""

    def write(self, address: Address, seen: int, then: Callable[[WriteOutcome], None]) -> None:
        """Stores an address if the stored version is still `seen`."""
