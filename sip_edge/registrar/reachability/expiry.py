"""Removes bindings that expire without an unregister, so that `registration.expired` events are produced.

Every reader of an address judges bindings by the clock, so no call depends on this. An event has to come out of a
write. So the edge that holds the flow of an expired binding takes it out of the address.
"""

from __future__ import annotations

from typing import Final

from directory.schema.model import Binding
from sip_edge.registrar.bindings.removal import Removals
from sip_edge.registrar.reachability.closed_connections import ClosedConnections
from sip_edge.registrar.reachability.keepalives import Keepalives
from sip_edge.transaction.timers import Timed, Timers

GRACE_S: Final = 5  # a refresh at the last moment is no end
_BUCKET_S: Final = 5
_Held = tuple[int, str]  # when a binding ends, and the name of its flow


class Expiry(Timed):
    """Remembers the bindings whose flows this edge holds, and when they end.

    Each address stands in the bucket of its first end alone. So memory is that of the registrations, however often they
    are refreshed.
    """

    __slots__ = ("_buckets", "_closed_connections", "_held", "_keepalives", "_removals", "_timers")

    def __init__(
        self,
        removals: Removals,
        keepalives: Keepalives,
        closed_connections: ClosedConnections,
        timers: Timers,
        now: float,
    ) -> None:
        self._removals = removals
        self._keepalives = keepalives
        self._closed_connections = closed_connections
        self._timers = timers
        self._held: dict[str, tuple[_Held, ...]] = {}
        self._buckets: dict[int, set[str]] = {}
        timers.arm(self, now + _BUCKET_S)

    def __len__(self) -> int:
        """Returns how many addresses are remembered."""
        return len(self._held)

    def note(self, aor: str, bindings: list[Binding]) -> None:
        """Replaces the bindings of an address whose flows are here. Flows that it has left are released."""
        self._replace(aor, tuple([(b.expires, b.flow) for b in bindings]))

    def expire(self, now: float) -> None:
        """Removes the bindings that have ended from their addresses."""
        self._timers.arm(self, now + _BUCKET_S)
        for bucket in sorted([bucket for bucket in self._buckets if bucket < int(now) // _BUCKET_S]):
            for aor in tuple(self._buckets[bucket]):
                held = self._held[aor]
                over = max([end for end, _ in held if end + GRACE_S <= now])
                self._replace(aor, tuple([(end, flow) for end, flow in held if end > over]))
                self._removals.expired(aor, over)

    def _replace(self, aor: str, held: tuple[_Held, ...]) -> None:
        before = self._held.pop(aor, ())
        if before:
            bucket = self._buckets[_bucket(before)]
            bucket.remove(aor)
            if not bucket:
                del self._buckets[_bucket(before)]
        if held:
            self._held[aor] = held
            self._buckets.setdefault(_bucket(held), set()).add(aor)
        for flow in {flow for _, flow in before}.difference([flow for _, flow in held]):
            self._keepalives.release(flow, aor)
            self._closed_connections.release(flow, aor)


def _bucket(held: tuple[_Held, ...]) -> int:
    """Returns the bucket after whose end the first of these has ended, its grace included."""
    return (min(held)[0] + GRACE_S) // _BUCKET_S
