"""An edge of three dies while all phones register."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Final

from chaos.experiment import Experiment, Findings, percentile
from chaos.fleet import EDGES, Fleet
from chaos.load_balancer import NOTICE_S, LoadBalancer
from chaos.peer import SilentError
from chaos.phone import Caller, Phone, RefusedError
from directory.schema.model import device_of

_PHONES_HOST: Final = "127.0.78.101"
_CALLERS_HOST: Final = "127.0.78.102"
_CALLERS: Final = 12
_REGISTRATIONS_PER_S: Final = 1000
_PAUSE_S: Final = 0.25  # between a call that has not reached a phone and the next
_PATIENCE_S: Final = 60.0
_SLICES: Final = 50


@dataclass(slots=True)
class _Scene:
    fleet: Fleet
    load_balancer: LoadBalancer
    phones: list[Phone]
    callers: list[Caller]
    findings: Findings = field(default_factory=Findings)
    again: list[float] = field(default_factory=list)
    confirmed: int = 0


async def run(folder: Path, phones: int = 5000, rounds: int = 20, keepalive_s: float = 5.0) -> Findings:
    """In each round all phones register within seconds, and an edge dies in between; then it comes back."""
    chance = Random(rounds)  # noqa: S311
    with Fleet(folder, EDGES, phones) as fleet, ExitStack() as opened:
        load_balancer = LoadBalancer(fleet.addresses)
        scene = _Scene(
            fleet,
            load_balancer,
            [opened.enter_context(Phone(_PHONES_HOST, load_balancer, number)) for number in range(phones)],
            [opened.enter_context(Caller(_CALLERS_HOST, load_balancer)) for _ in range(_CALLERS)],
        )
        keeping = asyncio.create_task(_keep_alive(scene.phones, keepalive_s))
        for number in range(rounds):
            if number:
                await _revive(scene, EDGES[(number - 1) % len(EDGES)])
            await _round(scene, EDGES[number % len(EDGES)], chance.uniform(0.3, 0.7))
        keeping.cancel()
        scene.findings.broken += fleet.troubles()
    scene.findings.figures = {
        "rounds": f"{rounds}",
        "registrations confirmed, and found in the table": f"{scene.confirmed:,}",
        "phones of the edge that died": f"{len(scene.again):,}",
        "until such a phone can be called again, p50": f"{percentile(scene.again, 50):.1f} s",
        "until such a phone can be called again, p99": f"{percentile(scene.again, 99):.1f} s",
        "until the last of them can be called again": f"{max(scene.again):.1f} s",
    }
    return scene.findings


async def _round(scene: _Scene, victim: str, at: float) -> None:
    """The edge dies when that part of the phones has begun to register."""
    loop = asyncio.get_running_loop()
    kill_after = int(len(scene.phones) * at)
    registering: list[asyncio.Task[None]] = []
    reaching: list[asyncio.Task[None]] = []
    began = loop.time()
    for i, phone in enumerate(scene.phones):
        await asyncio.sleep(began + i / _REGISTRATIONS_PER_S - loop.time())
        if i == kill_after:
            reaching = _kill(scene, victim, scene.phones[:i])
        registering.append(asyncio.create_task(_register(scene, phone)))
    await asyncio.gather(*registering, *reaching)
    await _check(scene)


async def _revive(scene: _Scene, victim: str) -> None:
    await asyncio.to_thread(scene.fleet.start, victim)
    scene.load_balancer.regain((victim, scene.fleet.port))


def _kill(scene: _Scene, victim: str, begun: list[Phone]) -> list[asyncio.Task[None]]:
    """Kill an edge; callers begin at once to try whether its phones are there again."""
    loop = asyncio.get_running_loop()
    edge = (victim, scene.fleet.port)
    lost = [phone for phone in begun if scene.load_balancer.edge_of(phone.address) == edge]
    scene.fleet.kill(victim)
    loop.call_later(NOTICE_S, scene.load_balancer.lose, edge)
    died = loop.time()
    return [
        asyncio.create_task(_reach(scene, caller, phone, died))
        for caller, phone in zip(cycle(scene.callers), lost, strict=False)
    ]


async def _register(scene: _Scene, phone: Phone) -> None:
    try:
        await phone.register()
        scene.confirmed += 1
    except (RefusedError, SilentError) as error:
        scene.findings.require(False, f"{phone.uri} could not register: {error}")


async def _reach(scene: _Scene, caller: Caller, phone: Phone, died: float) -> None:
    """Call a phone until it rings."""
    loop = asyncio.get_running_loop()
    while phone.called_at < died:
        if loop.time() > died + _PATIENCE_S:
            scene.findings.require(False, f"{phone.uri} can't be called")
            return
        with suppress(SilentError):
            await caller.call(phone.uri)
        await asyncio.sleep(_PAUSE_S)
    scene.again.append(phone.called_at - died)


async def _check(scene: _Scene) -> None:
    """Check that confirmed registrations are stored, and that no extension has more devices than it may have."""
    addresses = await asyncio.to_thread(scene.fleet.addresses_of, range(len(scene.phones)))
    for phone in scene.phones:
        address = addresses[phone.number]
        stored = any(b.call_id == phone.call_id and b.cseq >= phone.stored_cseq for b in address.bindings)
        scene.findings.require(stored, f"{phone.uri} was confirmed and is not stored")
        devices = {device_of(binding) for binding in address.bindings}
        scene.findings.require(len(devices) <= address.max_devices, f"{phone.uri} has {len(devices)} devices")


async def _keep_alive(phones: list[Phone], every_s: float) -> None:
    """Each phone says once in an interval that it is there."""
    for turn in cycle(range(_SLICES)):
        for phone in phones[turn::_SLICES]:
            phone.keep_alive()
        await asyncio.sleep(every_s / _SLICES)


KILLED_EDGE: Final = Experiment(
    "killed-edge",
    "When an edge of three is killed, every confirmed registration is in the table, no extension has more devices than "
    "it may have, and every phone can be called again.",
    run,
)
