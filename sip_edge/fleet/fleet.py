"""The fleet as an edge knows it, and the fleet of a single edge."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from sip_edge.fleet.fleet_time import FleetTime
from sip_edge.message.message import Response
from sip_edge.transport.flow import Flow, Flows


class Fleet(Protocol):
    """All edges of a service, which look like one SIP element (`fleet.member.Member`, or `SingleEdge`).

    `name` is this edge's own among its peers. Bindings and route tokens carry it. `mark` ends the branches of its Vias.
    `time` follows the clocks of the peers. It is None when there are none. `has_peers` tells whether there can be any.
    """

    name: str
    time: FleetTime | None
    has_peers: bool

    @property
    def mark(self) -> str:
        """The sealed end of this edge's branches. It changes with its key."""

    def find(self, edge: str, name: str) -> Flow | None:
        """Returns the flow of that name of an edge, None when it has certainly ended."""

    def hear(self, flow: Flow, now: float) -> None:
        """Notes that a datagram or message has come over a flow."""

    def hand_over(self, response: Response, data: bytes, flow: Flow, now: float) -> bool:
        """Sends a response to the peer that its branch names. Returns whether there is one."""

    def is_own_share(self, work: str, now: float) -> bool:
        """Whether this edge does a work that one edge of the fleet is to do, among those that are well."""

    def tell_registered(self, edge: str, aor: str, now: float) -> None:
        """Tell an edge that an address has registered, which it waits for."""

    def listen(self, on_registered: Callable[[str], None]) -> None:
        """Let that be called with each address of which a peer tells that it has registered."""


class SingleEdge:
    """The fleet of an edge without peers. Every named edge is this one, perhaps in an earlier life."""

    mark = ""
    time: FleetTime | None = None
    has_peers = False

    def __init__(self, name: str, flows: Flows) -> None:
        self.name = name
        self._flows = flows

    def find(self, edge: str, name: str) -> Flow | None:
        """See Fleet."""
        return self._flows.find(name)

    def hear(self, flow: Flow, now: float) -> None:
        """See Fleet."""

    def hand_over(self, response: Response, data: bytes, flow: Flow, now: float) -> bool:
        """See Fleet."""
        return False

    def is_own_share(self, work: str, now: float) -> bool:
        """See Fleet."""
        return True

    def tell_registered(self, edge: str, aor: str, now: float) -> None:
        """See Fleet."""

    def listen(self, on_registered: Callable[[str], None]) -> None:
        """See Fleet."""
