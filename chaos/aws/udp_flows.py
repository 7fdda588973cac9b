"""Models the UDP flows of a network load balancer.

The rules are from these pages of the User Guide for Network Load Balancers. A target for each five-tuple is from "What
is a Network Load Balancer?". Idle timeout, zonal addresses and cross-zone load balancing are from "Network Load
Balancers". Client IP preservation is from "Edit target group attributes".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from chaos.aws.target_group import TargetGroup

UDP_IDLE_S: Final = 120.0
Address = tuple[str, int]


@dataclass(slots=True)
class _Flow:
    target: str
    used: float


class UdpFlows:
    """The flow table of one listener. Cross-zone load balancing is on: any target serves any zonal address."""

    def __init__(self, group: TargetGroup) -> None:
        self._group = group
        self._flows: dict[Address, dict[str, _Flow]] = {}  # by client and zonal address
        # A target sees the client's own address through each zone. The latest flow takes what it answers.
        self._zones: dict[tuple[str, Address], str] = {}

    def to_target(self, client: Address, zone: str, now: float) -> str | None:
        """Returns the target of a datagram to a zonal address, None without any. The first one makes a flow."""
        flow = self._live(client, zone, now)
        if flow is None or not self._group.keeps_flows(flow.target, now):
            target = self._group.choose(now)
            if target is None:
                return None
            flow = self._flows.setdefault(client, {})[zone] = _Flow(target, now)
        flow.used = now
        self._zones[flow.target, client] = zone
        return flow.target

    def to_client(self, target: str, client: Address, now: float) -> str | None:
        """Returns the zonal address from which a target's datagram reaches a client, None when it does not pass.

        A target opens no flows. It reaches those clients alone whose flow it has.
        """
        zone = self._zones.get((target, client))
        flow = self._live(client, zone, now) if zone else None
        if flow is None or flow.target != target or self._group.is_terminated(target, now):
            return None
        flow.used = now
        return zone

    def target_of(self, client: Address, now: float) -> str | None:
        """Returns the target that has a client's flow, None without any."""
        live = [self._live(client, zone, now) for zone in self._flows.get(client, ())]
        return next((flow.target for flow in live if flow), None)

    def _live(self, client: Address, zone: str, now: float) -> _Flow | None:
        flow = self._flows.get(client, {}).get(zone)
        return flow if flow and now < flow.used + UDP_IDLE_S else None
