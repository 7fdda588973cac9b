"""Several edges behind a load balancer, which ECS starts and stops in its order."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from subprocess import TimeoutExpired

from chaos.aws.ecs_api import EcsApi
from chaos.aws.target_group import TargetState
from tests.background import in_background
from tests.edge_process import EdgeProcess, StartEdge
from tests.fleet.balancer import DEREGISTRATION_S, Balancer
from tests.ports import free_port
from tests.waiting import wait_until

_TIMEOUT_S = 20
_STOP_S = 20  # stopTimeout, after which ECS sends SIGKILL
_DRAIN_S = 5


class Edges:
    """A fleet at loopback addresses, all of whose edges advertise the load balancer's address."""

    def __init__(self, start_edge: StartEdge, ecs: EcsApi, **settings: str) -> None:
        self._start_edge = start_edge
        self._ecs = ecs
        self._settings = settings
        self._health_port, self._fleet_port = free_port(), free_port()
        self.port = free_port()
        self.tls_port = free_port()
        self.balancer = Balancer(self.port, self.tls_port, self._health_port)
        self.running: dict[str, EdgeProcess] = {}
        self.all: list[EdgeProcess] = []

    def start(self, host: str) -> EdgeProcess:
        """Start an edge at an address, register it, and wait until the load balancer finds it healthy."""
        self._ecs.forget(host)
        edge = self._start_edge(
            SIP_HOST=host,
            SIP_PORT=str(self.port),
            BALANCED_TLS_PORT=str(self.tls_port),
            HEALTH_PORT=str(self._health_port),
            FLEET_PORT=str(self._fleet_port),
            FLEET_ADDRESS=host,
            DRAIN_SECONDS=str(_DRAIN_S),
            DEREGISTRATION_SECONDS=str(int(DEREGISTRATION_S)),
            **self._ecs.environment(host),
            **self._settings,
        )
        self.running[host] = edge
        self.all.append(edge)
        self.balancer.register(host)
        self._wait_for_state(host, TargetState.HEALTHY)
        return edge

    def end(self) -> None:
        """End all edges that run, without waiting for a load balancer to notice."""
        for edge in self.running.values():
            edge.signal(signal.SIGTERM)
        for edge in self.running.values():
            edge.wait_for("draining")
            edge.signal(signal.SIGTERM)
        for edge in self.running.values():
            assert edge.wait_ended() == 0

    def counts(self, event: str) -> int:
        """Returns the count of an event at edges that have ended in peace."""
        return sum(line["counts"].get(event, 0) for edge in self.all for line in edge.events()[-1:] if "counts" in line)

    def silent(self) -> list[str]:
        """Those of its edges that others have asked in vain. The roster may name some that other tests have killed."""
        asked = [line["edge"] for edge in self.all for line in edge.events() if line["message"] == "fleet_edge_silent"]
        return [name for name in asked if f":{self._fleet_port}/" in name]

    def deregister(self, hosts: Sequence[str]) -> None:
        """Take edges off the load balancer, as ECS does once new edges are healthy, and wait until they know."""
        for host in hosts:
            self.balancer.deregister(host)
            self._ecs.deactivate(host)
        for host in hosts:
            self.running[host].wait_for("deregistered")

    def stop(self, hosts: Sequence[str]) -> None:
        """Stop edges that are deregistered, as ECS does: not before they are unused.

        SIGTERM is followed by SIGKILL after the stop timeout (ECS Developer Guide, "Best practices for Amazon ECS
        service parameters").
        """
        for host in hosts:
            self._wait_for_state(host, TargetState.UNUSED)
            self.running[host].signal(signal.SIGTERM)
        for host in hosts:
            edge = self.running.pop(host)
            try:
                edge.wait_ended(_STOP_S)
            except TimeoutExpired:
                edge.signal(signal.SIGKILL)
                raise

    def stop_task(self, host: str) -> None:
        """Stop an edge in the other order: SIGTERM comes while it is registered still, as by StopTask."""
        self.running[host].signal(signal.SIGTERM)
        self.wait_gone(host)

    def wait_gone(self, host: str) -> None:
        """Wait until an edge has ended, and the load balancer has noticed."""
        self.running.pop(host).wait_ended(_TIMEOUT_S * 2)
        self._wait_for_state(host, TargetState.UNHEALTHY)

    def _wait_for_state(self, host: str, state: TargetState) -> None:
        wait_until(lambda: self.balancer.state(host) is state, f"{host} is {state}")


@contextmanager
def fleet_of(start_edge: StartEdge, hosts: list[str], **settings: str) -> Iterator[Edges]:
    """Edges that run behind their load balancer, with settings beside those that a fleet needs."""
    with EcsApi() as ecs:
        edges = Edges(start_edge, ecs, **settings)
        with in_background(edges.balancer.serving()):
            for host in hosts:
                edges.start(host)
            yield edges
            edges.end()
