"""The removal of bindings that no device is reached by any more, by the same compare-and-swap as every change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from directory.edge.address_book import Conflict, ReadOutcome, Unavailable, WriteOutcome
from directory.schema.model import Address, Binding
from sip_edge.journal import Journal
from sip_edge.location.address_cache import AddressCache
from sip_edge.location.location_store import LocationStore

_MOST_CONFLICTS: Final = 5


class Removals:
    """Takes bindings from addresses of record."""

    __slots__ = ("journal", "memory", "store")

    def __init__(self, store: LocationStore, memory: AddressCache, journal: Journal) -> None:
        self.store = store
        self.memory = memory
        self.journal = journal

    def begin(self, aor: str, goes: Callable[[Binding], bool], reason: str) -> None:
        """Removes those bindings of an address that `goes` is true of; `reason` is for the log.

        A remembered address saves the read: the write finds out when the memory is wrong.
        """
        removal = _Removal(self, aor, goes, reason)
        remembered = self.memory.recall(aor)
        if remembered is None:
            self.store.read(aor, removal.on_read)
        else:
            removal.remove(remembered)


class _Removal:
    """One removal on its way to a durable address."""

    __slots__ = ("_aor", "_conflicts", "_goes", "_reason", "_removals")

    def __init__(self, removals: Removals, aor: str, goes: Callable[[Binding], bool], reason: str) -> None:
        self._removals = removals
        self._aor = aor
        self._goes = goes
        self._reason = reason
        self._conflicts = 0

    def on_read(self, outcome: ReadOutcome) -> None:
        """The address was read."""
        if isinstance(outcome, Address):
            self.remove(outcome)

    def remove(self, address: Address) -> None:
        """Writes the address without these bindings, if it has any."""
        rest = tuple([b for b in address.bindings if not self._goes(b)])
        if len(rest) < len(address.bindings):
            changed = address.with_bindings(rest, address.nonce, address.nc)
            self._removals.store.write(changed, address.version, self._on_written)

    def _on_written(self, outcome: WriteOutcome) -> None:
        journal = self._removals.journal
        if isinstance(outcome, Address):
            self._removals.memory.keep(outcome)
            journal.note("unregistered", aor=self._aor, reason=self._reason)
        elif isinstance(outcome, Unavailable):
            # The binding stays until the next write; a caller finds its flow gone, or its time over.
            journal.trouble("directory_unavailable", reason=outcome.reason)
        elif isinstance(outcome, Conflict) and outcome.current and self._conflicts < _MOST_CONFLICTS:
            self._conflicts += 1
            self.remove(outcome.current)
