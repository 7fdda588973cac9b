"""The loop by which every change of an address is made: read, decide, write, and decide again on a conflict.

Registrations and removals share it. A write depends on the version that the decision was made from. So a decision may
be made from a cached address of any age.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from directory.edge.address_book import Conflict, ReadOutcome, Unavailable, WriteOutcome
from directory.schema.model import Address
from sip_edge.continuation import Continuation
from sip_edge.location.address_cache import AddressCache
from sip_edge.location.location_store import LocationStore
from sip_edge.registrar.bindings.retry_after import RetryAfter

_MOST_CONFLICTS: Final = 5


class AddressChange(Protocol):
    """One change of the address `aor`. `conflicts` counts the writes of others that came first, from 0 on."""

    aor: str
    conflicts: int

    def decide(self, address: Address | None, now: float) -> None:
        """Decides from the address as it was read, None when there is none. The decision is written at most once."""

    def on_stored(self, seen: Address, stored: Address, now: float) -> None:
        """Continues when `stored`, which was decided from `seen`, is durable."""

    def on_unavailable(self, outcome: Unavailable, retry_after_s: int, now: float) -> None:
        """Ends when the directory can't answer, or others have written first too often."""

    def fail(self, error: Exception) -> None:
        """Ends when one of the steps above has raised."""


class AddressUpdates:
    """Reads and writes the addresses of changes. `clock` gives seconds since the epoch."""

    __slots__ = ("_cache", "_clock", "_retry_after", "_store")

    def __init__(self, store: LocationStore, cache: AddressCache, clock: Callable[[], float]) -> None:
        self._store = store
        self._cache = cache
        self._clock = clock
        self._retry_after = RetryAfter()

    def recall(self, aor: str) -> Address | None:
        """Returns a cached address, None when there is none: it has to be read then."""
        return self._cache.recall(aor)

    def keep(self, address: Address) -> None:
        """Caches an address that was read."""
        self._cache.keep(address)

    def begin(self, change: AddressChange) -> None:
        """Has a change decided from the cached address. Without one it is read."""
        cached = self._cache.recall(change.aor)
        if cached is None:
            self.read(change)
        else:
            change.decide(cached, self._clock())

    def read(self, change: AddressChange) -> None:
        """Reads the address of a change, and has the change decided."""
        then: Continuation[ReadOutcome] = Continuation(lambda outcome: self._on_read(change, outcome), change.fail)
        self._store.read(change.aor, then)

    def write(self, change: AddressChange, seen: Address, changed: Address) -> None:
        """Writes the address that a change has decided on from `seen`. On a conflict it is decided again."""
        then: Continuation[WriteOutcome] = Continuation(
            lambda outcome: self._on_written(change, seen, changed, outcome), change.fail
        )
        self._store.write(changed, seen.version, then)

    def refuse(self, change: AddressChange, reason: str) -> None:
        """Ends a change that the directory can't store now, for a reason that the log names."""
        now = self._clock()
        change.on_unavailable(Unavailable(reason), self._retry_after.refuse(now), now)

    def _on_read(self, change: AddressChange, outcome: ReadOutcome) -> None:
        if isinstance(outcome, Unavailable):
            self.refuse(change, outcome.reason)
        else:
            change.decide(outcome, self._clock())

    def _on_written(self, change: AddressChange, seen: Address, changed: Address, outcome: WriteOutcome) -> None:
        now = self._clock()
        if isinstance(outcome, Unavailable):
            self.refuse(change, outcome.reason)
        elif isinstance(outcome, Conflict) and outcome.current != changed:
            self._on_conflict(change, outcome.current, now)
        else:  # a repeated write conflicts with itself when its first answer was lost
            self._retry_after.serve(now)
            self._cache.keep(changed)
            change.on_stored(seen, changed, now)

    def _on_conflict(self, change: AddressChange, current: Address | None, now: float) -> None:
        if current is None:
            self._cache.forget(change.aor)
        change.conflicts += 1
        if change.conflicts > _MOST_CONFLICTS:
            self.refuse(change, "contention")
        else:
            change.decide(current, now)
