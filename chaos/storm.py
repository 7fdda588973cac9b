"""Simulates a million phones that come back at once, after their network has failed.

The table takes as many writes a second as a new on-demand table does. Each edge refuses the registrations that the
table throttles. Phones come again when `Retry-After` says so, or when their own patience ends. The waits come from the
edge's own code.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from chaos.experiment import Experiment, Findings
from sip_edge.registrar.bindings.retry_after import RetryAfter

_PHONES: Final = 1_000_000
_RETURN_S: Final = 60
# "DynamoDB throughput quotas": an on-demand table that is new serves 4,000 write units a second.
_WRITES_PER_S: Final = 4_000
_EDGES: Final = 10
# Requests a second that an edge answers with 503 beside its registrations. One core takes far more.
_REQUESTS_PER_S_OF_EDGE: Final = 3_000
# A phone without an understanding of Retry-After comes again after such a time of its own (RFC 3261 timer F, and more).
_OWN_PATIENCE_S: Final = (30.0, 60.0)
_UNANSWERED_S: Final = 32.0
_MOST_S: Final = 3_600


@dataclass(slots=True)
class Storm:
    """The figures of a storm. Times are in seconds since the first phone came back."""

    registered: int = 0
    half_after_s: int = 0
    all_after_s: int = 0
    tries: int = 0
    unanswered: int = 0
    most_tries_per_s: int = 0  # after the phones have come back for the first time


class Simulation:
    """Phones, of whom some keep to Retry-After, and the edges that they come back to."""

    def __init__(self, phones: int, writes_per_s: int, obeying: float) -> None:
        """`obeying` is the share of phones that keep to Retry-After."""
        self._chance = Random(1)  # noqa: S311  (every run is the same)
        self._writes_per_s = writes_per_s
        self._now_s = 0
        self._edges = [RetryAfter() for _ in range(_EDGES)]
        self._due = [(self._chance.uniform(0, _RETURN_S), self._chance.random() < obeying) for _ in range(phones)]
        heapq.heapify(self._due)
        self._phones = phones
        self._storm = Storm()

    def run(self) -> Storm:
        """Let time pass until all phones are registered, or for an hour."""
        storm = self._storm
        while self._due and self._now_s < _MOST_S:
            self._pass_second()
            self._now_s += 1
            if not storm.half_after_s and storm.registered >= self._phones / 2:
                storm.half_after_s = self._now_s
        storm.all_after_s = self._now_s
        return storm

    def _pass_second(self) -> None:
        tries = []
        while self._due and self._due[0][0] < self._now_s + 1:
            tries.append(heapq.heappop(self._due)[1])
        self._storm.tries += len(tries)
        if self._now_s > _RETURN_S:
            self._storm.most_tries_per_s = max(self._storm.most_tries_per_s, len(tries))
        self._chance.shuffle(tries)
        answered = _EDGES * _REQUESTS_PER_S_OF_EDGE
        for number, is_obeying in enumerate(tries):
            edge = self._edges[number % _EDGES]
            if number < self._writes_per_s:
                edge.serve(self._now_s)
                self._storm.registered += 1
            elif number < answered:
                retry_after_s = edge.refuse(self._now_s)
                wait = retry_after_s if is_obeying else self._chance.uniform(*_OWN_PATIENCE_S)
                self._come_back(wait, is_obeying)
            else:
                self._storm.unanswered += 1
                self._come_back(_UNANSWERED_S + self._chance.uniform(*_OWN_PATIENCE_S), is_obeying)

    def _come_back(self, wait_s: float, is_obeying: bool) -> None:
        heapq.heappush(self._due, (self._now_s + wait_s + self._chance.random(), is_obeying))


async def run(_: Path, phones: int = _PHONES, writes_per_s: int = _WRITES_PER_S) -> Findings:
    """Play the storm with phones of both kinds."""
    findings = Findings()
    least_s = phones / writes_per_s
    findings.figures = {"phones": f"{phones:,}", "writes a second": f"{writes_per_s:,}", "at best": f"{least_s:.0f} s"}
    for obeying in (1.0, 0.5, 0.0):
        storm = Simulation(phones, writes_per_s, obeying).run()
        who = f"{obeying:.0%} keep to Retry-After"
        findings.figures |= {
            f"{who}: half are back after": f"{storm.half_after_s} s",
            f"{who}: all are back after": f"{storm.all_after_s} s",
            f"{who}: tries of a phone": f"{storm.tries / phones:.1f}",
            f"{who}: most tries a second after the first minute": f"{storm.most_tries_per_s:,}",
            f"{who}: tries without an answer": f"{storm.unanswered:,}",
        }
        findings.require(storm.registered == phones, f"{who}: {storm.registered:,} of {phones:,} are back")
        findings.require(storm.all_after_s < 3 * least_s + 2 * _RETURN_S, f"{who}: {storm.all_after_s} s")
    return findings


STORM: Final = Experiment(
    "storm",
    "A million phones that come back within a minute are all registered again, and no edge is swamped by their tries.",
    run,
)
