"""Half an hour of phones, callers and attackers, by whose end an edge is no larger than at half time."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from random import Random
from typing import Final

from bench.places import username
from chaos.experiment import Experiment, Findings
from chaos.fleet import EDGES, Fleet
from chaos.flood import Attacker
from chaos.fuzzed import damaged
from chaos.load_balancer import LoadBalancer
from chaos.memory import MemoryWatch
from chaos.peer import Peer, SilentError
from chaos.phone import Phone, RefusedError
from chaos.talking import Talker, TalkingPhone

_SECONDS: Final = 1800.0
_OPERATIONS_PER_S: Final = 60
_USERS: Final = 300
_PHONES_HOST: Final = "127.0.78.101"
_CALLERS_HOST: Final = "127.0.78.102"
_ATTACKERS_HOST: Final = "127.0.79.1"
_STRANGERS_HOST: Final = "127.0.79.2"
_CALLERS: Final = 20
_ATTACKERS: Final = 8
_STRANGERS: Final = 16
_MEASURED_S: Final = 60.0  # memory of a moment is that of the minute before: transactions come and go
_MOST_MORE_MB: Final = 1.0
_SEED: Final = 7


class _Scene:
    """The phones, callers and attackers of a soak, and what came of their operations."""

    def __init__(self, load_balancer: LoadBalancer, opened: ExitStack) -> None:
        self._load_balancer = load_balancer
        self._opened = opened
        self._chance = Random(_SEED)  # noqa: S311
        self._away = list(range(_USERS))
        self._registered: list[TalkingPhone] = []
        self._callers = [opened.enter_context(Talker(_CALLERS_HOST, load_balancer)) for _ in range(_CALLERS)]
        self._attackers = [opened.enter_context(Attacker(_ATTACKERS_HOST, load_balancer)) for _ in range(_ATTACKERS)]
        self._strangers = [opened.enter_context(Peer(_STRANGERS_HOST, load_balancer)) for _ in range(_STRANGERS)]
        self._garbage = damaged(self._chance)
        self.done: Counter[str] = Counter()
        self.failed: list[str] = []
        # Registrations and calls outnumber attacks, as they do on most days.
        self._operations: list[tuple[str, Callable[[], Awaitable[None]]]] = [
            ("registrations", self._register),
            ("refreshes", self._refresh),
            ("refreshes", self._refresh),
            ("unregistrations", self._unregister),
            ("calls that are answered", self._call),
            ("calls to busy phones", self._call_busy),
            ("calls that are cancelled", self._cancel),
            ("wrong passwords", self._guess),
            ("damaged messages", self._send_garbage),
        ]

    async def operate(self, number: int) -> None:
        """Does one operation, by turns."""
        name, operation = self._operations[number % len(self._operations)]
        try:
            await operation()
            self.done[name] += 1
        except (RefusedError, SilentError) as error:
            self.failed.append(f"{name}: {error}")

    async def _register(self) -> None:
        """A phone comes, from a port that it never had before."""
        if self._away:
            number = self._away.pop(self._chance.randrange(len(self._away)))
            phone = TalkingPhone(_PHONES_HOST, self._load_balancer, number)
            await phone.register()
            self._registered.append(phone)

    async def _refresh(self) -> None:
        await self._with_phone(Phone.register)

    async def _unregister(self) -> None:
        """A phone goes. Half of the phones stay, to be called."""
        if len(self._registered) > _USERS // 2:
            phone = self._registered.pop(self._chance.randrange(len(self._registered)))
            await phone.register(expires=0)
            phone.__exit__()
            self._away.append(phone.number)

    async def _call(self) -> None:
        await self._with_phone(self._caller().talk)

    async def _call_busy(self) -> None:
        await self._with_phone(self._caller().call_busy)

    async def _cancel(self) -> None:
        await self._with_phone(self._caller().cancel)

    async def _with_phone(self, does: Callable[[TalkingPhone], Awaitable[object]]) -> None:
        """Does something with a registered phone that has nothing else to do meanwhile."""
        if self._registered:
            phone = self._registered.pop(self._chance.randrange(len(self._registered)))
            await does(phone)
            self._registered.append(phone)

    def _caller(self) -> Talker:
        return self._chance.choice(self._callers)

    async def _guess(self) -> None:
        self._chance.choice(self._attackers).guess(username(self._chance.randrange(2 * _USERS)))

    async def _send_garbage(self) -> None:
        self._chance.choice(self._strangers).send(next(self._garbage))

    def close(self) -> None:
        """Lets the phones go that are registered still."""
        for phone in self._registered:
            phone.__exit__()


async def run(folder: Path, seconds: float = _SECONDS) -> Findings:
    """Operates at a steady pace, and compares the memory at half of the time with that at the end."""
    findings = Findings()
    with Fleet(folder, EDGES[:1], _USERS) as fleet, ExitStack() as opened:
        scene = _Scene(LoadBalancer(fleet.addresses), opened)
        opened.callback(scene.close)
        async with MemoryWatch(fleet, EDGES[0]) as watch:
            await _operate(scene, seconds)
        half, end = watch.mean_mb(0.5, _MEASURED_S), watch.mean_mb(1.0, _MEASURED_S)
        findings.broken += [*scene.failed, *fleet.troubles()]
    findings.figures = {
        "time": f"{seconds / 60:.0f} min, {_OPERATIONS_PER_S} operations a second",
        **{name: f"{times:,}" for name, times in scene.done.items()},
        "memory at half time": f"{half:.1f} MB",
        "memory at the end": f"{end:.1f} MB",
    }
    findings.require(abs(end - half) <= _MOST_MORE_MB, f"memory has gone from {half:.1f} to {end:.1f} MB")
    return findings


async def _operate(scene: _Scene, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with asyncio.TaskGroup() as group:
        for number in count():
            at = number / _OPERATIONS_PER_S
            if at >= seconds:
                break
            await asyncio.sleep(max(0.0, began + at - loop.time()))
            group.create_task(scene.operate(number))


SOAK: Final = Experiment(
    "soak",
    "After half an hour of registrations, calls, cancelled calls, wrong passwords and damaged messages an edge ends "
    "within 1 MB of its memory at half time.",
    run,
)
