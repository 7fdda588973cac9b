"""Models a target group of a network load balancer: registration, health, and deregistration.

The rules are from these pages of the User Guide for Network Load Balancers. "Register targets" has the deregistration.
"Health checks for target groups" has the states and the fail-open. "Edit target group attributes" has the delay and
the connection termination.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

# The attributes that `infra/edge/balancer.py` sets, which are AWS's least interval but for the threshold.
HEALTH_INTERVAL_S: Final = 10.0
_THRESHOLD: Final = 2
# "Shortly after the end of the deregistration timeout" connections are closed. No document has a number.
TERMINATION_S: Final = 5.0


class TargetState(StrEnum):
    """The state of a target ("Target health status")."""

    INITIAL = "initial"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    DRAINING = "draining"
    UNUSED = "unused"


@dataclass(slots=True)
class _Target:
    state: TargetState = TargetState.INITIAL
    agreeing: int = 0  # checks in a row that speak against the state
    deregistered: float = field(default=float("inf"))


class TargetGroup:
    """Targets by their addresses. All times are in seconds of the caller's clock."""

    def __init__(self, deregistration_delay_s: float, termination_s: float = TERMINATION_S) -> None:
        self._delay_s = deregistration_delay_s
        self._termination_s = termination_s
        self._targets: dict[str, _Target] = {}
        self._turn = 0

    def register(self, address: str) -> None:
        """Registers a target. It gets no flows before it is healthy, unless no target is."""
        self._targets[address] = _Target()

    def deregister(self, address: str, now: float) -> None:
        """Begins to drain a target. It gets no new flows from now on, and keeps those that it has."""
        target = self._targets[address]
        target.state, target.deregistered = TargetState.DRAINING, now

    def note_health(self, address: str, is_well: bool) -> None:
        """Takes the outcome of a health check. Two in a row change the state of a registered target.

        A target that drains stays so. No document says that its health moves its flows, so the model leaves them.
        """
        target = self._targets[address]
        if target.state in (TargetState.DRAINING, TargetState.UNUSED):
            return
        seen = TargetState.HEALTHY if is_well else TargetState.UNHEALTHY
        target.agreeing = target.agreeing + 1 if seen is not target.state else 0
        if target.agreeing >= _THRESHOLD:
            target.state, target.agreeing = seen, 0

    def state(self, address: str, now: float) -> TargetState:
        """Returns the state of a target. It drains for the deregistration delay, and is unused then."""
        target = self._targets.get(address)
        if target is None or now >= target.deregistered + self._delay_s:
            return TargetState.UNUSED
        return target.state

    def keeps_flows(self, address: str, now: float) -> bool:
        """Returns whether flows that a target has stay there.

        The load balancer terminates the flows of a deregistered target shortly after the delay: connection termination
        is on. The next packet of a UDP flow to an unhealthy target goes to another one. That is from AWS re:Post,
        "Network load balancer stickiness timeout with unhealthy nodes".
        """
        return not self.is_terminated(address, now) and self._targets[address].state is not TargetState.UNHEALTHY

    def is_terminated(self, address: str, now: float) -> bool:
        """Returns whether the flows of a target have ended, so that nothing that it sends passes."""
        target = self._targets.get(address)
        return target is None or now >= target.deregistered + self._delay_s + self._termination_s

    def choose(self, now: float) -> str | None:
        """Returns the target of a new flow: a healthy one, or any registered one when none is healthy.

        A load balancer hashes the five-tuple. Here targets take turns, which spreads few clients as well.
        """
        targets = self._routable(now)
        self._turn += 1
        return targets[self._turn % len(targets)] if targets else None

    def _routable(self, now: float) -> list[str]:
        states = {address: self.state(address, now) for address in self._targets}
        healthy = [address for address, state in states.items() if state is TargetState.HEALTHY]
        return healthy or [
            address for address, state in states.items() if state in (TargetState.INITIAL, TargetState.UNHEALTHY)
        ]
