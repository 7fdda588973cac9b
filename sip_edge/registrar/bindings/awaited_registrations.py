"""Registrations that held requests wait for, on whatever edge they are accepted.

The edge that holds a request for an address writes its name into the address. The edge that accepts the next REGISTER
finds it there, and takes it out with its own write. It tells the holding edge after the 2xx. An edge alone writes
nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from directory.edge.address_book import Unavailable
from directory.schema.model import Address
from sip_edge.fleet.fleet import Fleet
from sip_edge.journal import Journal
from sip_edge.registrar.bindings.address_updates import AddressUpdates

_MOST_ADDRESSES: Final = 1000
_MOST_FOR_ADDRESS: Final = 20
_SPARE_S: Final = 20  # requests that come so much later need no write of their own
OnRegistered = Callable[[], None]


class AwaitedRegistrations:
    """Tells held requests of accepted REGISTERs."""

    __slots__ = ("_fleet", "_journal", "_updates", "_waiting")

    def __init__(self, updates: AddressUpdates, fleet: Fleet, journal: Journal) -> None:
        self._updates = updates
        self._fleet = fleet
        self._journal = journal
        self._waiting: dict[str, list[OnRegistered]] = {}
        fleet.listen(self.on_told)

    def __len__(self) -> int:
        """Returns the number of addresses that requests wait for here."""
        return len(self._waiting)

    def wait(self, aor: str, on_registered: OnRegistered) -> bool:
        """Calls `on_registered` after the next 2xx to a REGISTER for the address. False when too many requests wait."""
        waiting = self._waiting.get(aor)
        if waiting is None and len(self._waiting) < _MOST_ADDRESSES:
            waiting = self._waiting[aor] = []
        if waiting is None or len(waiting) >= _MOST_FOR_ADDRESS:
            self._journal.count("hold_refused")
            return False
        waiting.append(on_registered)
        return True

    def leave(self, aor: str, on_registered: OnRegistered) -> None:
        """Ends a wait."""
        waiting = self._waiting.get(aor)
        if waiting and on_registered in waiting:
            waiting.remove(on_registered)
            if not waiting:
                del self._waiting[aor]

    def announce(self, aor: str, places: frozenset[str], until: float) -> None:
        """Lets other edges tell of a registration until then. `places` are those of the bindings that were seen.

        An address that has another one by now has registered in the meantime (`Binding.place`).
        """
        if self._fleet.has_peers:
            self._updates.read(_Announcement(self, aor, places, int(until) + 1))

    def on_accepted(self, seen: Address, stored: Address, now: float) -> None:
        """Tells all edges that wait, after the 2xx. `seen` is the address before the REGISTER."""
        if not stored.bindings:
            return
        if self._waiting:
            self.on_told(stored.aor)
        for edge in seen.waiting.edges_at(now):
            if edge != self._fleet.name:
                self._fleet.tell_registered(edge, stored.aor, now)

    def on_told(self, aor: str) -> None:
        """Lets the requests that wait for an address go on."""
        for on_registered in self._waiting.pop(aor, ()):
            on_registered()

    def write(self, announcement: _Announcement, address: Address, now: float) -> None:
        """Writes this edge's name into an address, unless it has registered or the name stands there already."""
        name, until = self._fleet.name, announcement.until
        if any(b.place not in announcement.places for b in address.live_bindings(now)):
            self.on_told(address.aor)
        elif address.waiting.until(name) < until:
            changed = address.with_waiting(address.waiting.with_edge(name, until + _SPARE_S, now))
            self._updates.write(announcement, address, changed)

    def log(self, aor: str, reason: str = "", error: Exception | None = None) -> None:
        """Logs that no other edge knows of the wait: its requests see registrations at this edge alone."""
        self._journal.trouble("hold_not_announced", error, aor=aor, reason=reason)


class _Announcement:
    """The entry of this edge's name into an address (an `AddressChange`)."""

    __slots__ = ("_registrations", "aor", "conflicts", "places", "until")

    def __init__(self, registrations: AwaitedRegistrations, aor: str, places: frozenset[str], until: int) -> None:
        self._registrations = registrations
        self.aor = aor
        self.places = places
        self.until = until
        self.conflicts = 0

    def decide(self, address: Address | None, now: float) -> None:
        """See AddressChange."""
        if address:
            self._registrations.write(self, address, now)

    def on_stored(self, seen: Address, stored: Address, now: float) -> None:
        """See AddressChange."""

    def on_unavailable(self, outcome: Unavailable, retry_after_s: int, now: float) -> None:
        """See AddressChange."""
        self._registrations.log(self.aor, outcome.reason)

    def fail(self, error: Exception) -> None:
        """See AddressChange."""
        self._registrations.log(self.aor, error=error)
