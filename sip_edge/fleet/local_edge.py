"""An edge of its own, as its membership in a fleet knows it."""

from __future__ import annotations

from typing import Protocol

from sip_edge.transport.flow import Flow


class LocalEdge(Protocol):
    """This edge, as its membership knows it: its own flows, and the receiver of other edges' flows."""

    def find(self, name: str) -> Flow | None:
        """The flow of that name on this edge, None when it has ended."""

    def reached_at(self, transport: str, is_ipv6: bool) -> str:
        """The `host:port` at which phones of a transport and address family reach the fleet."""

    def keeps(self, flow: str, now: float) -> bool:
        """Whether this edge keeps the UDP flow of that name alive."""

    def receive(self, data: bytes, flow: Flow) -> None:
        """A message has come over a flow of another edge."""

    def lose(self, flow: Flow) -> None:
        """A flow of another edge has ended."""
