"""Removes bindings over which no device is reached any more, or notes that their devices are asleep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from directory.edge.address_book import Unavailable
from directory.schema.model import Address, Binding
from sip_edge.journal import Journal
from sip_edge.registrar.bindings.address_updates import AddressUpdates
from sip_edge.registrar.push_support import target_of

_Change = Callable[[Binding, float], Binding | None]

_CONNECTION_LOST: Final = "connection_lost"
_REMEMBERED_S: Final = 30  # a device that changes its network is back by then, and calls wait for it


class Removals:
    """Begins removals. Closed connections, expiry and refused pushes ask for them."""

    __slots__ = ("_journal", "_updates")

    def __init__(self, updates: AddressUpdates, journal: Journal) -> None:
        self._updates = updates
        self._journal = journal

    def connection_closed(self, aor: str, flow: str) -> None:
        """Removes the bindings of an address over the connection of that name. Devices that are pushed sleep on."""

        def change(binding: Binding, now: float) -> Binding | None:
            if binding.flow != flow or binding.asleep_since:
                return binding
            return replace(binding, asleep_since=int(now)) if binding.is_pushed else None

        self._begin(aor, change, _CONNECTION_LOST)

    def expired(self, aor: str, until: int) -> None:
        """Removes the bindings of an address that have expired by `until`, in seconds since the epoch."""
        self._begin(aor, lambda binding, _: None if binding.expires <= until else binding, "expired")

    def push_refused(self, aor: str, refused: Binding) -> None:
        """Removes the bindings with the token of `refused`: its provider says that the app is no longer there."""
        target = target_of(refused)

        def change(binding: Binding, _: float) -> Binding | None:
            other = target_of(binding)
            return None if target and other and target.is_same_device(other) else binding

        self._begin(aor, change, "push_refused")

    def _begin(self, aor: str, change: _Change, reason: str) -> None:
        self._updates.begin(_Removal(aor, change, reason, self._updates, self._journal))


class _Removal:
    """A removal of bindings from one address (an `AddressChange`)."""

    __slots__ = ("_change", "_journal", "_reason", "_updates", "aor", "conflicts")

    def __init__(self, aor: str, change: _Change, reason: str, updates: AddressUpdates, journal: Journal) -> None:
        self.aor = aor
        self.conflicts = 0
        self._change = change
        self._reason = reason
        self._updates = updates
        self._journal = journal

    def decide(self, address: Address | None, now: float) -> None:
        """See AddressChange."""
        if address is None:
            return
        changed = [self._change(binding, now) for binding in address.bindings]
        bindings = tuple([binding for binding in changed if binding is not None])
        if bindings == address.bindings:
            return
        is_lost = self._reason == _CONNECTION_LOST
        waiting = address.waiting.with_loss(int(now) + _REMEMBERED_S) if is_lost else None
        self._updates.write(self, address, address.with_bindings(bindings, address.nonce, address.nc, waiting))

    def on_stored(self, seen: Address, stored: Address, now: float) -> None:
        """See AddressChange."""
        if len(stored.bindings) < len(seen.bindings):
            self._journal.note("unregistered", aor=self.aor, reason=self._reason)
        else:
            self._journal.note("asleep", aor=self.aor)

    def on_unavailable(self, outcome: Unavailable, retry_after_s: int, now: float) -> None:
        """Leaves the binding until the next write. A call finds its flow closed, or the binding expired."""
        self._journal.trouble("directory_unavailable", reason=outcome.reason)

    def fail(self, error: Exception) -> None:
        """See AddressChange."""
        self._journal.trouble("internal_error", error, aor=self.aor)
