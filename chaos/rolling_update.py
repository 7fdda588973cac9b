"""All edges are replaced in ECS's order, while quiet phones on UDP are called all the time.

ECS starts new edges, deregisters the old ones, and waits for the deregistration delay. Then it sends SIGTERM (ECS
Developer Guide, "Amazon ECS task lifecycle"). The phones send nothing but REGISTERs, some early and some as late as
they may.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from typing import Final

from chaos.aws.ecs_api import EcsApi
from chaos.experiment import Experiment, Findings
from chaos.fleet import EDGES, Fleet
from chaos.load_balancer import EdgeAddress, LoadBalancer
from chaos.peer import SilentError
from chaos.phone import Caller, Phone, RefusedError
from sip_edge.message.message import Response
from sip_edge.message.values import address, parameters

_NEW: Final = ("127.0.78.4", "127.0.78.5", "127.0.78.6")
_PHONES_HOST: Final = "127.0.78.101"
_CALLERS_HOST: Final = "127.0.78.102"
_CALLERS: Final = 40
_CALLS_PER_S: Final = 20
_AFTERWARDS_S: Final = 60.0
_STOP_S: Final = 120.0  # stopTimeout, at the most that Fargate grants
_AT_ONCE_S: Final = 1.0
_ANSWER_S: Final = 11.0  # a held call has its answer within ten seconds
# The part of the expiry that it is told after which a phone refreshes.
_HABITS: Final = (0.5, 0.75, 0.9, 0.95)


class QuietPhone(Phone):
    """A phone that keeps registered."""

    registrations = 0

    async def keep_registered(self, refresh_at: float, chance: Random) -> None:
        """Register, and refresh at that part of each expiry; the first time at any moment before."""
        told_s = expiry_of(await self.register())
        await asyncio.sleep(chance.uniform(0, refresh_at * told_s))
        while True:
            with suppress(SilentError, RefusedError):
                told_s = expiry_of(await self.register())
                self.registrations += 1
                await asyncio.sleep(refresh_at * told_s)


def expiry_of(response: Response) -> int:
    """The expiry that a 200 tells, in seconds."""
    return int(parameters(address(response.values("contact")[0])[1])["expires"])


@dataclass(slots=True)
class _Calls:
    """`waits` are the times until a phone was reached, `failed` counts other outcomes."""

    waits: list[float] = field(default_factory=list)
    failed: Counter[str] = field(default_factory=Counter)


async def run(folder: Path, phones: int = 600, deregistration_s: int = 300) -> Findings:
    """Update the fleet once, and call until a minute after its end."""
    chance = Random(phones)  # noqa: S311  (the same calls in each run)
    calls, findings = _Calls(), Findings()
    with EcsApi() as ecs, ExitStack() as opened:
        setting = {"DEREGISTRATION_SECONDS": str(deregistration_s), "DRAIN_SECONDS": "60"}
        fleet = opened.enter_context(Fleet(folder, EDGES, phones, lambda host: {**setting, **ecs.environment(host)}))
        load_balancer = LoadBalancer(fleet.addresses, deregistration_s)
        quiet = [opened.enter_context(QuietPhone(_PHONES_HOST, load_balancer, number)) for number in range(phones)]
        callers = [opened.enter_context(Caller(_CALLERS_HOST, load_balancer)) for _ in range(_CALLERS)]
        habits = [chance.choice(_HABITS) for _ in quiet]
        tasks = [
            asyncio.create_task(phone.keep_registered(habit, chance))
            for phone, habit in zip(quiet, habits, strict=True)
        ]
        await asyncio.sleep(phones / 100)
        calling = asyncio.create_task(_call_on(quiet, callers, calls, chance))
        loop = asyncio.get_running_loop()
        began = loop.time()
        await _update(fleet, load_balancer, ecs)
        took = loop.time() - began
        await asyncio.sleep(_AFTERWARDS_S)
        for task in (calling, *tasks):
            task.cancel()
        await asyncio.gather(calling, *tasks, return_exceptions=True)
        findings.broken += fleet.troubles()
    at_once = sum(wait < _AT_ONCE_S for wait in calls.waits)
    total = len(calls.waits) + calls.failed.total()
    findings.figures = {
        "quiet phones on UDP": f"{phones:,}",
        "deregistration delay": f"{deregistration_s} s",
        "the update": f"{took:.0f} s",
        "calls meanwhile, and in the minute after it": f"{total:,}",
        "answered at once": f"{at_once:,} ({at_once / total:.2%})",
        "answered after the phone's next REGISTER": f"{len(calls.waits) - at_once:,}",
        "failed": f"{calls.failed.total():,}",
        "longest wait": f"{max(calls.waits):.1f} s",
        "REGISTERs of a phone that were stored meanwhile": f"{sum(p.registrations for p in quiet) / phones:.1f}",
    }
    findings.broken += [f"{times} calls ended with {outcome}" for outcome, times in calls.failed.items()]
    findings.require(max(calls.waits) < _ANSWER_S, f"a call waited for {max(calls.waits):.1f} s")
    return findings


async def _update(fleet: Fleet, load_balancer: LoadBalancer, ecs: EcsApi) -> None:
    """Replace the edges."""
    old = fleet.addresses
    for host in _NEW:
        await asyncio.to_thread(fleet.start, host)
        load_balancer.register((host, fleet.port))
    for edge in old:
        load_balancer.deregister(edge)
        ecs.deactivate(edge[0])
    await _unused(load_balancer, old)
    await asyncio.gather(*(asyncio.to_thread(fleet.stop, host, _STOP_S) for host, _ in old))


async def _unused(load_balancer: LoadBalancer, edges: Sequence[EdgeAddress]) -> None:
    while not all(map(load_balancer.is_unused, edges)):
        await asyncio.sleep(1)


async def _call_on(phones: list[QuietPhone], callers: list[Caller], calls: _Calls, chance: Random) -> None:
    """Call phones by chance at a steady rate, until cancelled."""
    async with asyncio.TaskGroup() as group:
        for number in count():
            group.create_task(_call(callers[number % len(callers)], chance.choice(phones), calls))
            await asyncio.sleep(1 / _CALLS_PER_S)


async def _call(caller: Caller, phone: QuietPhone, calls: _Calls) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        status = await caller.call(phone.uri)
    except SilentError:
        calls.failed["silence"] += 1
        return
    if status == 486:
        calls.waits.append(loop.time() - began)
    else:
        calls.failed[str(status)] += 1


ROLLING_UPDATE: Final = Experiment(
    "rolling-update",
    "While ECS replaces all edges of a fleet, every call to a quiet phone on UDP reaches it within eleven seconds.",
    run,
)
