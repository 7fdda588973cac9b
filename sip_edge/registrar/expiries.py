"""Registrations that just end: nobody sends anything then, and yet somebody wants to be told.

Everyone who reads an address judges by the clock, so nothing depends on this. But an event has to come out of a write:
so the edge that a device registered with takes the expired binding out of the address.
"""

from __future__ import annotations

from typing import Final

from sip_edge.journal import Journal
from sip_edge.registrar.memory import Memory
from sip_edge.registrar.removal import Removal
from sip_edge.store import Store
from sip_edge.transaction.timers import Timed, Timers

GRACE_S: Final = 5  # a refresh at the last moment is no end
_BUCKET_S: Final = 5
_Place = tuple[str, str]


class Expiries(Timed):
    """Remembers until when each address is registered here. A refresh costs an entry in a list and one in a dict."""

    __slots__ = ("_buckets", "_journal", "_memory", "_next", "_store", "_timers", "_until")

    def __init__(self, store: Store, memory: Memory, journal: Journal, timers: Timers, now: float) -> None:
        self._store = store
        self._memory = memory
        self._journal = journal
        self._timers = timers
        self._until: dict[_Place, int] = {}
        self._buckets: dict[int, list[_Place]] = {}
        self._next = int(now) // _BUCKET_S
        timers.arm(self, now + _BUCKET_S)

    def note(self, aor: str, flow: str, until: int) -> None:
        """An address is registered over the flow of that name until then; 0 when it is not any more."""
        place = (aor, flow)
        if not until:
            self._until.pop(place, None)
            return
        self._until[place] = until
        self._buckets.setdefault((until + GRACE_S) // _BUCKET_S, []).append(place)

    def expire(self, now: float) -> None:
        """Some may be over by now; those that were refreshed stand in a later bucket, too."""
        self._timers.arm(self, now + _BUCKET_S)
        last = int(now) // _BUCKET_S
        for bucket in range(self._next, last):
            for place in self._buckets.pop(bucket, ()):
                until = self._until.get(place)
                if until is not None and until + GRACE_S <= now:
                    del self._until[place]
                    self._remove(place[0], until)
        self._next = max(self._next, last)

    def _remove(self, aor: str, until: int) -> None:
        Removal(self._store, self._memory, self._journal, aor, lambda b: b.expires <= until, "expired").begin()
