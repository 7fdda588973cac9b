"""What an edge asks of its fleet, and the fleet of one."""

from __future__ import annotations

from typing import Protocol

from sip_edge.fleet.fleet_time import FleetTime
from sip_edge.message.message import Response
from sip_edge.transport.flow import Flow, Flows


class Fleet(Protocol):
    """The edges that look like one to everybody else (`fleet.member.Member`, or `SingleEdge`).

    `name` is this edge's own among its peers; bindings and route tokens carry it. `mark` ends the branches of its Vias.
    `time` follows the clocks of the peers; None when there are none.
    """

    name: str
    time: FleetTime | None

    @property
    def mark(self) -> str:
        """It changes with the key that seals it."""

    def find(self, edge: str, name: str) -> Flow | None:
        """The flow of that name of an edge, None when it has certainly ended."""

    def hear(self, flow: Flow, now: float) -> None:
        """Something has come over a flow."""

    def hand_over(self, response: Response, data: bytes, flow: Flow, now: float) -> bool:
        """A response that answers nothing of ours, and its bytes, came over a flow. Whether a peer gets it."""


class SingleEdge:
    """The fleet of an edge without peers: whatever edge is named, it is this one, maybe in an earlier life."""

    mark = ""
    time: FleetTime | None = None

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
