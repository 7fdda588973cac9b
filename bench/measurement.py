"""CPU time of a server's processes for each completed operation."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Final

from bench import scenarios
from bench.load import Outcome, Sipp
from bench.peers.edge import Edge
from bench.peers.peer import Peer

_ANSWERING_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Operation:
    """A measured operation: a scenario that does it `times` times, played by phones or, if `called`, by callers.

    `after` is the operation that the scenario begins with, whose cost is to be taken off.
    """

    name: str
    scenario: Callable[[Peer], str]
    called: bool = False
    direct: bool = False
    times: int = 1
    after: str = ""


OPERATIONS: Final = (
    Operation("registration", lambda peer: scenarios.registration(peer.challenge)),
    Operation(
        "refresh",
        lambda peer: scenarios.refreshes(peer.challenge),
        times=scenarios.REFRESHES,
        after="registration",
    ),
    Operation("call", lambda _: scenarios.call(), called=True),
    Operation("direct call", lambda _: scenarios.call(), called=True, direct=True),
    Operation("proved call", lambda _: scenarios.proved_call(), called=True),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """One measurement: CPU microseconds for each play of the scenario, of the server and of the store beside it."""

    server_us: float
    store_us: float
    clean: bool
    outcome: Outcome
    counts: dict[str, float] = field(default_factory=dict)


def measure(peer: Peer, sipp: Sipp, operation: Operation, rate: float, seconds: float) -> Sample:
    """Offer an operation at a rate."""
    with ExitStack() as answering:
        if operation.called:
            answering.enter_context(sipp.callee(scenarios.callee()))
            time.sleep(_ANSWERING_S)
        counted = peer.counts() if isinstance(peer, Edge) else {}
        server, store = peer.server.cpu_us(), _store_us(peer)
        offered = rate / operation.times
        outcome = _play(peer, sipp, operation, offered, seconds)
        completed = max(1, outcome.completed)
        counts = peer.counts() if isinstance(peer, Edge) else {}
        return Sample(
            server_us=(peer.server.cpu_us() - server) / completed,
            store_us=(_store_us(peer) - store) / completed,
            clean=outcome.is_clean(offered),
            outcome=outcome,
            counts={name: (value - counted.get(name, 0)) / completed for name, value in counts.items()},
        )


def _play(peer: Peer, sipp: Sipp, operation: Operation, rate: float, seconds: float) -> Outcome:
    scenario = operation.scenario(peer)
    if operation.called:
        return sipp.call(scenario, rate, seconds, direct=operation.direct)
    return sipp.register(scenario, rate, seconds)


def _store_us(peer: Peer) -> float:
    return peer.store.cpu_us() if peer.store else 0.0
