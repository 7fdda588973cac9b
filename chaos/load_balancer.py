"""Stands in for a network load balancer on UDP. A flow stays at its edge until that is gone."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from typing import Final

EdgeAddress = tuple[str, int]
NOTICE_S: Final = 1.0  # after an edge's death


class LoadBalancer:
    """Gives new flows to the edges by turns."""

    def __init__(self, edges: Iterable[EdgeAddress]) -> None:
        self._open = list(edges)
        self._turns = count()

    def next(self) -> EdgeAddress:
        """The edge for a new flow."""
        return self._open[next(self._turns) % len(self._open)]

    def leads_to(self, edge: EdgeAddress) -> bool:
        """Whether flows may stay at an edge."""
        return edge in self._open

    def lose(self, edge: EdgeAddress) -> None:
        """An edge is found to be gone: its flows go elsewhere from their next datagram on."""
        self._open.remove(edge)

    def regain(self, edge: EdgeAddress) -> None:
        """An edge is back."""
        self._open.append(edge)
