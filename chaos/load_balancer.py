"""Stands in for a network load balancer on UDP: the models of `chaos.aws`, beside the phones."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Final

from chaos.aws.target_group import TargetGroup, TargetState
from chaos.aws.udp_flows import Address, UdpFlows

EdgeAddress = tuple[str, int]
NOTICE_S: Final = 1.0  # after an edge's death
_ZONE: Final = "zone"


class LoadBalancer:
    """Gives new flows to the edges by turns. It leaves a deregistered edge its flows for `deregistration_s`."""

    def __init__(self, edges: Iterable[EdgeAddress], deregistration_s: float = 0.0) -> None:
        self._group = TargetGroup(deregistration_s)
        self._flows = UdpFlows(self._group)
        self._ports: dict[str, int] = {}
        for edge in edges:
            self.register(edge)

    def register(self, edge: EdgeAddress) -> None:
        """An edge is there, and healthy."""
        host, port = edge
        self._ports[host] = port
        self._group.register(host)
        self.regain(edge)

    def deregister(self, edge: EdgeAddress) -> None:
        """An edge gets no new flows from now on."""
        self._group.deregister(edge[0], time.monotonic())

    def is_unused(self, edge: EdgeAddress) -> bool:
        """Whether the deregistration delay of an edge is over."""
        return self._group.state(edge[0], time.monotonic()) is TargetState.UNUSED

    def to_edge(self, client: Address) -> EdgeAddress | None:
        """The edge that gets a client's datagram, None without any."""
        host = self._flows.to_target(client, _ZONE, time.monotonic())
        return (host, self._ports[host]) if host else None

    def lets_through(self, edge: EdgeAddress, client: Address) -> bool:
        """Whether a datagram of an edge reaches a client."""
        return self._flows.to_client(edge[0], client, time.monotonic()) is not None

    def edge_of(self, client: Address) -> EdgeAddress | None:
        """The edge that has a client's flow."""
        host = self._flows.target_of(client, time.monotonic())
        return (host, self._ports[host]) if host else None

    def lose(self, edge: EdgeAddress) -> None:
        """An edge is found to be gone: its flows go elsewhere from their next datagram on."""
        for _ in range(2):
            self._group.note_health(edge[0], is_well=False)

    def regain(self, edge: EdgeAddress) -> None:
        """An edge is found to be well."""
        for _ in range(2):
            self._group.note_health(edge[0], is_well=True)
