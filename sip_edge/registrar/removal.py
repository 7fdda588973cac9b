"""Removes bindings over which no device is reached any more."""

from __future__ import annotations

from collections.abc import Callable

from directory.edge.address_book import Unavailable
from directory.schema.model import Address, Binding
from sip_edge.journal import Journal
from sip_edge.registrar.address_updates import AddressUpdates


class Removals:
    """Begins removals. Closed connections and expiry ask for them."""

    __slots__ = ("_journal", "_updates")

    def __init__(self, updates: AddressUpdates, journal: Journal) -> None:
        self._updates = updates
        self._journal = journal

    def begin(self, aor: str, goes: Callable[[Binding], bool], reason: str) -> None:
        """Removes those bindings of an address for which `goes` is true; `reason` is for the log."""
        _Removal(aor, goes, reason, self._updates, self._journal).begin()


class _Removal:
    """A removal of bindings from one address (an `AddressChange`)."""

    __slots__ = ("_goes", "_journal", "_reason", "_updates", "aor", "conflicts")

    def __init__(
        self, aor: str, goes: Callable[[Binding], bool], reason: str, updates: AddressUpdates, journal: Journal
    ) -> None:
        self.aor = aor
        self.conflicts = 0
        self._goes = goes
        self._reason = reason
        self._updates = updates
        self._journal = journal

    def begin(self) -> None:
        """Decides from the cached address, which saves a read; without one it reads."""
        cached = self._updates.recall(self.aor)
        if cached is None:
            self._updates.read(self)
        else:
            self._remove_from(cached)

    def decide(self, address: Address | None, now: float) -> None:
        """See AddressChange."""
        if address is not None:
            self._remove_from(address)

    def on_stored(self, seen: Address, stored: Address, now: float) -> None:
        """See AddressChange."""
        self._journal.note("unregistered", aor=self.aor, reason=self._reason)

    def on_unavailable(self, outcome: Unavailable, now: float) -> None:
        """Leaves the binding until the next write. A call finds its flow closed, or the binding expired."""
        self._journal.trouble("directory_unavailable", reason=outcome.reason)

    def fail(self, error: Exception) -> None:
        """See AddressChange."""
        self._journal.trouble("internal_error", error, aor=self.aor)

    def _remove_from(self, address: Address) -> None:
        rest = tuple([b for b in address.bindings if not self._goes(b)])
        if len(rest) < len(address.bindings):
            self._updates.write(self, address, address.with_bindings(rest, address.nonce, address.nc))
