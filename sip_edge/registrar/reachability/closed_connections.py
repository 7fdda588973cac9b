"""Removes the bindings of a connection that closes: no device is reached over it any more (RFC 5626 §4.3).

A device that can be woken by a push keeps its binding, and is asleep.
"""

from __future__ import annotations

from typing import Final

from directory.schema.model import Binding
from sip_edge.registrar.bindings.removal import Removals
from sip_edge.transport.flow import Flow

FLOW_TIMER_S: Final = 120  # the longest interval that RFC 5626 §4.4.1 recommends over connections


class ClosedConnections:
    """Knows which addresses are bound over which connection of this edge."""

    def __init__(self, removals: Removals) -> None:
        self._removals = removals
        self._bound: dict[str, tuple[Flow, set[str]]] = {}

    def __len__(self) -> int:
        """Returns how many addresses are bound over connections."""
        return sum(len(addresses) for _, addresses in self._bound.values())

    def bind(self, flow: Flow, aor: str, bindings: list[Binding]) -> None:
        """Notes an address's bindings over a flow. A connection stays open then, also when it is idle.

        A device with outbound support has got a Flow-Timer, and keeps to it (RFC 5626 §4.4.1). Behind a proxy
        (RFC 3327) its keepalives go to that proxy.
        """
        if flow.reliable:
            self._bound.setdefault(flow.name, (flow, set()))[1].add(aor)
            flow.kept = True
            if [b for b in bindings if b.reg_id and not b.path]:
                flow.expect_keepalives(FLOW_TIMER_S)

    def release(self, flow: str, aor: str) -> None:
        """Notes that an address is no longer bound over the flow of that name."""
        if flow not in self._bound:
            return
        connection, addresses = self._bound[flow]
        addresses.discard(aor)
        connection.kept = bool(addresses)

    def has_registered(self, flow: Flow) -> bool:
        """Returns whether an address was bound to this connection, though it may not be any more."""
        return flow.name in self._bound

    def lose(self, flow: str) -> None:
        """Removes the bindings over the flow of that name, which has ended."""
        _, addresses = self._bound.pop(flow, (None, ()))
        for aor in addresses:
            self._removals.connection_closed(aor, flow)
