"""The emulator, the edge and the runner of `make run` are killed while a client writes."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from chaos.experiment import Experiment, Findings, percentile
from chaos.local_service import LocalService

_PARTS: Final = ("local.emulated", "sip_edge", "runner")
# A kill comes at a moment within this span, in which a client makes a few dozen extensions.
_LIVES_S: Final = (0.2, 3.0)


@dataclass(slots=True)
class _Client:
    """A client that creates extensions until the service is gone, and remembers when each was acknowledged."""

    service: LocalService
    count: int = 0
    acknowledged: dict[str, float] = field(default_factory=dict)

    def write(self) -> None:
        """Create extensions, one after the other, until one is not acknowledged."""
        while True:
            self.count += 1
            username = f"phone{self.count}"
            try:
                self.service.create(username)
            except OSError:
                return
            self.acknowledged[username] = time.monotonic()


async def run(folder: Path, kills: int = 20, saved_after_s: float = 1.0) -> Findings:
    """Kill each part so many times, by turns. Writes that are older than `saved_after_s` may not be lost."""
    with LocalService(folder) as service:
        return await asyncio.to_thread(_run, service, kills, saved_after_s)


def _run(service: LocalService, kills: int, saved_after_s: float) -> Findings:
    chance = Random(kills)  # noqa: S311
    findings = Findings()
    client = _Client(service)
    service.start()
    customer_id, told = service.customer_id, time.monotonic()
    starts: list[float] = []
    lost: list[float] = []
    for part in _PARTS * kills:
        died = _kill_while_writing(client, part, chance.uniform(*_LIVES_S))
        began = time.monotonic()
        service.start()
        starts.append(time.monotonic() - began)
        if service.customer_id != customer_id:
            findings.require(died - told <= saved_after_s, f"after {part}: another demo customer")
            customer_id, told = service.customer_id, time.monotonic()
        for username in client.acknowledged.keys() - service.usernames():
            lost.append(died - client.acknowledged.pop(username))
            findings.require(lost[-1] <= saved_after_s, f"after {part}: lost what was {lost[-1]:.1f} s old")
    findings.require(service.stop() == 0, "the service did not end in order")
    findings.figures = {
        "kills of each: emulator, edge, runner": f"{kills}",
        "extensions acknowledged": f"{len(client.acknowledged) + len(lost):,}",
        "of them lost, all of the last second before a kill": f"{len(lost):,}",
        "age of the oldest that was lost": f"{max(lost, default=0):.2f} s",
        "until the service is there again, p50": f"{percentile(starts, 50):.1f} s",
    }
    return findings


def _kill_while_writing(client: _Client, part: str, after_s: float) -> float:
    """The time of the kill."""
    writing = threading.Thread(target=client.write)
    writing.start()
    time.sleep(after_s)
    died = time.monotonic()
    client.service.kill(part)
    writing.join()
    return died


KILLED_SERVICE: Final = Experiment(
    "killed-service",
    "When the emulator, the edge or the runner of make run is killed, the next start has all that was acknowledged "
    "more than a second before, and the same demo customer.",
    run,
)
