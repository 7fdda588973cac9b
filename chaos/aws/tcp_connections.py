"""Models the TCP connections of a network load balancer.

The rules are from these pages of the User Guide for Network Load Balancers. A connection is forgotten after 350 s
without a segment ("Network Load Balancers"). Connections to an unhealthy target are terminated, and those to a
deregistered one after the delay ("Edit target group attributes").
"""

from __future__ import annotations

from typing import Final

from chaos.aws.target_group import TargetGroup

TCP_IDLE_S: Final = 350.0


class TcpConnection:
    """A connection to the target of a group. A segment of either end after its end gets a reset."""

    def __init__(self, group: TargetGroup, target: str, now: float) -> None:
        self.target = target
        self._group = group
        self._used = now

    def note_use(self, now: float) -> None:
        """A segment has come from either end."""
        self._used = now

    def is_open(self, now: float) -> bool:
        """Returns whether segments pass."""
        return now < self._used + TCP_IDLE_S and self._group.keeps_flows(self.target, now)
