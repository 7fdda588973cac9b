"""Calls that wait for an address to register.

The module describes the edges that hold them, and the memory of a connection that ended.
"""

from __future__ import annotations

from typing import NamedTuple


class Waiting(NamedTuple):
    """The wait at one address.

    `lost_until` is the time until which the end of a connection is remembered. It is in seconds since the epoch, 0 for
    none. `edges` has the edges that hold requests, each with the time until which it does. Times that are over are left
    to the next write.
    """

    lost_until: int = 0
    edges: tuple[tuple[str, int], ...] = ()

    def until(self, edge: str) -> int:
        """The time until which an edge holds requests, 0 when it holds none."""
        return dict(self.edges).get(edge, 0)

    def with_edge(self, edge: str, until: int, now: float) -> Waiting:
        """The wait in which that edge holds requests until then."""
        others = [(name, end) for name, end in self.edges if name != edge and end > now]
        return self._replace(edges=(*others, (edge, until)))

    def with_loss(self, until: int) -> Waiting:
        """The wait in which the end of a connection is remembered until then."""
        return self._replace(lost_until=until)

    def edges_at(self, now: float) -> list[str]:
        """The edges that hold requests at `now`."""
        return [edge for edge, end in self.edges if end > now]

    def text(self) -> str:
        """As it is stored, "" when there is none."""
        return " ".join([str(self.lost_until), *(f"{edge}={end}" for edge, end in self.edges)]) if any(self) else ""


NO_WAITING = Waiting()


def waiting(text: str) -> Waiting:
    """The wait that was stored as that text."""
    if not text:
        return NO_WAITING
    lost_until, *edges = text.split(" ")
    parts = [entry.rpartition("=") for entry in edges]
    return Waiting(int(lost_until), tuple([(edge, int(end)) for edge, _, end in parts]))
