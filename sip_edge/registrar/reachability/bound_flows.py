"""The flows of this edge over which addresses are bound: kept alive, watched for their end, and for expiry."""

from __future__ import annotations

from directory.schema.model import Address
from sip_edge.guard.guard import Guard
from sip_edge.registrar.bindings.awaited_registrations import AwaitedRegistrations
from sip_edge.registrar.reachability.closed_connections import ClosedConnections
from sip_edge.registrar.reachability.expiry import Expiry
from sip_edge.registrar.reachability.handover import Handover
from sip_edge.registrar.reachability.keepalives import Keepalives
from sip_edge.registrar.register_request import MOST_EXPIRES
from sip_edge.transport.flow import Flow


class BoundFlows:
    """Keeps the flows of bindings, releases those that an address has left, and lets held requests go on.

    `handover` brings phones on UDP to other edges when this one leaves.
    """

    __slots__ = ("_awaited", "_closed_connections", "_expiry", "_guard", "_keepalives", "handover")

    def __init__(
        self,
        keepalives: Keepalives,
        closed_connections: ClosedConnections,
        expiry: Expiry,
        handover: Handover,
        guard: Guard,
        awaited: AwaitedRegistrations,
    ) -> None:
        self._awaited = awaited
        self._keepalives = keepalives
        self._closed_connections = closed_connections
        self._expiry = expiry
        self._guard = guard
        self.handover = handover

    def __len__(self) -> int:
        """Returns the number of flows and connections over which registered phones are reached."""
        return len(self._keepalives) + len(self._closed_connections)

    def is_kept(self, name: str, now: float) -> bool:
        """Returns whether the UDP flow of that name is kept alive."""
        return self._keepalives.keeps(name, now)

    def has_registered(self, flow: Flow) -> bool:
        """Returns whether an address is or was bound over this connection."""
        return self._closed_connections.has_registered(flow)

    def update(self, flow: Flow, edge: str, seen: Address, address: Address, now: float) -> None:
        """Takes over the bindings of an address that was stored after a REGISTER over `flow`, when that has its 2xx.

        `edge` is this one. `seen` is the address before.
        """
        held = [b for b in address.live_bindings(now) if b.edge == edge]
        over = [b for b in held if b.flow == flow.name]
        if over:
            # A phone that registers for a month is pushed by then.
            until = min(max([b.expires for b in over]), int(now) + MOST_EXPIRES)
            self._keepalives.keep(flow, address.aor, until)
            self._closed_connections.bind(flow, address.aor, over)
            self._guard.welcome(flow, until)
        self._expiry.note(address.aor, held)
        self._awaited.on_accepted(seen, address, now)

    def lose(self, name: str) -> None:
        """Removes the bindings over the connection of that name, which has closed."""
        self._closed_connections.lose(name)
