"""Several edges behind a balancer, as a deployment has them."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from tests.background import in_background
from tests.edge_process import EdgeProcess, StartEdge
from tests.fleet.balancer import LET_GO_S, Balancer
from tests.ports import free_port
from tests.waiting import wait_until

_TIMEOUT_S = 20
_DRAIN_S = int(LET_GO_S) + 3  # longer than the balancer leaves flows to an edge that drains


class Edges:
    """A fleet at 127.0.0.2 and further, all of whose edges advertise the balancer's address."""

    def __init__(self, start_edge: StartEdge, hosts: list[str], **settings: str) -> None:
        self._start_edge = start_edge
        self._settings = settings
        self._health_port, self._fleet_port = free_port(), free_port()
        self.port = free_port()
        self.balancer = Balancer(self.port, self._health_port, hosts)
        self.running: dict[str, EdgeProcess] = {}
        self.all: list[EdgeProcess] = []

    def start(self, host: str) -> EdgeProcess:
        """Start an edge at an address, and wait until the balancer uses it."""
        edge = self._start_edge(
            SIP_HOST=host,
            SIP_PORT=str(self.port),
            HEALTH_PORT=str(self._health_port),
            FLEET_PORT=str(self._fleet_port),
            FLEET_ADDRESS=host,
            DRAIN_SECONDS=str(_DRAIN_S),
            **self._settings,
        )
        self.running[host] = edge
        self.all.append(edge)
        wait_until(lambda: host in self.balancer.healthy, f"{host} is healthy")
        return edge

    def end(self) -> None:
        """End all edges that run, without waiting for a balancer to notice."""
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

    def restart(self, host: str) -> None:
        """Let an edge drain and end, and start its successor at the same address."""
        self.running[host].signal(signal.SIGTERM)
        self.wait_gone(host)
        self.start(host)

    def wait_gone(self, host: str) -> None:
        """Wait until the balancer has noticed that an edge has ended."""
        self.running.pop(host).wait_ended(_TIMEOUT_S * 2)
        wait_until(lambda: not self.balancer.is_there(host), f"{host} is gone")


@contextmanager
def fleet_of(start_edge: StartEdge, hosts: list[str], **settings: str) -> Iterator[Edges]:
    """Edges that run behind their balancer, with settings beside those that a fleet needs."""
    edges = Edges(start_edge, hosts, **settings)
    with in_background(edges.balancer.serving()):
        for host in hosts:
            edges.start(host)
        yield edges
        edges.end()
