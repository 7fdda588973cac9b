"""The servers side by side: every operation on every server, round after round."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Final

from bench.load import Sipp
from bench.measurement import OPERATIONS, Operation, Sample, measure
from bench.peers.edge import Edge
from bench.peers.kamailio import Kamailio
from bench.peers.peer import Peer
from bench.places import USERS

EDGE: Final = "this edge"
MEMORY: Final = "Kamailio, in memory"
DATABASE: Final = "Kamailio + PostgreSQL"
QM: Final = "Kamailio, in memory, Debian's allocator"
# Kamailio's worker waits for SQL: with one it can't do a thousand registrations a second.
_WORKERS: Final = 8

SERVERS: Final[dict[str, Callable[[Path], Peer]]] = {
    EDGE: lambda folder: Edge(folder, USERS),
    MEMORY: Kamailio,
    DATABASE: lambda folder: Kamailio(folder, database=True, workers=_WORKERS),
    QM: lambda folder: Kamailio(folder, allocator="qm"),
}
Samples = dict[tuple[str, str, int], list[Sample]]
"""By server, operation and rate."""


class Comparison:
    """Measures servers in turn, with users who are registered at each."""

    def __init__(self, folder: Path, users: int, tell: Callable[[str], None]) -> None:
        self._folder = folder
        self._users = users
        self._tell = tell
        self.samples: Samples = {}

    def round(self, servers: list[str], rates: list[int], seconds: float) -> None:
        """One more sample of everything; the servers are started anew."""
        sipp = Sipp(self._folder, range(self._users))
        for server in servers:
            with SERVERS[server](self._folder) as peer:
                populate(peer, sipp, self._users)
                for rate in rates:
                    for operation in OPERATIONS:
                        if server == EDGE or not operation.direct:
                            sample = measure(peer, sipp, operation, rate, seconds)
                            self.samples.setdefault((server, operation.name, rate), []).append(sample)
                            self._tell(f"{server}, {operation.name} at {rate}/s: {sample.server_us:.0f} us")


def populate(peer: Peer, sipp: Sipp, users: int) -> None:
    """Register every user, so that everything measured later is one more registration and finds its phone."""
    registration = OPERATIONS[0]
    rate = 500
    sipp.register(registration.scenario(peer), rate, users / rate)


def cost(samples: Samples, server: str, operation: Operation, rate: int) -> tuple[float, float] | None:
    """The median CPU microseconds of one operation, of the server and of its store; None if it was never clean."""
    found = [s for s in samples.get((server, operation.name, rate), []) if s.clean]
    if not found:
        return None
    server_us, store_us = median(s.server_us for s in found), median(s.store_us for s in found)
    if operation.after:
        before = [s for s in samples.get((server, operation.after, rate), []) if s.clean]
        if not before:
            return None
        server_us -= median(s.server_us for s in before)
        store_us -= median(s.store_us for s in before)
    return server_us / operation.times, store_us / operation.times
