"""A flood of REGISTERs with wrong passwords, from many hosts, behind some of which good phones are."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from random import Random
from typing import Final

from bench.places import DOMAIN, username
from chaos.experiment import Experiment, Findings, in_ms, percentile
from chaos.fleet import EDGES, Fleet
from chaos.load_balancer import LoadBalancer
from chaos.memory import MemoryWatch
from chaos.peer import Peer, SilentError
from chaos.phone import Phone, RefusedError, credentials
from sip_edge.message.message import Response

_AN_HOUR_AT: Final = 50  # a second
_SECONDS: Final = 90
_REQUESTS: Final = 3600 * _AN_HOUR_AT
_TICK_S: Final = 0.01
_ATTACKING_HOSTS: Final = 200
_SOCKETS_OF_A_HOST: Final = 4
_USERS: Final = 10_000
_NEIGHBOURS: Final = 50  # good phones, each at the address of an attacker
_REFRESH_S: Final = 2.0
_NEWCOMERS_PER_S: Final = 10


class Attacker(Peer):
    """Guesses on the newest nonce that it has been given. `answers` counts what it was told."""

    def __init__(self, host: str, load_balancer: LoadBalancer) -> None:
        super().__init__(host, load_balancer)
        self.answers = 0
        self._nonce = ""
        self._guesses = count(1)

    def guess(self, name: str) -> None:
        """Try a password, or get a nonce for that."""
        serial = next(self._guesses)
        lines = (
            f"From: <sip:{name}@{DOMAIN}>;tag=a",
            f"To: <sip:{name}@{DOMAIN}>",
            f"Call-ID: guess-{self.source}",
            f"CSeq: {serial} REGISTER",
            f"Contact: <sip:{name}@{self.source}>",
        )
        guess = (f"Authorization: {credentials(self._nonce, name, 'a wrong password', serial)}",) if self._nonce else ()
        self.send(self.request("REGISTER", f"sip:{DOMAIN}", f"z9hG4bKguess-{serial}-{self.source}", *lines, *guess))

    def on_response(self, response: Response) -> None:
        """It is refused, and may try again."""
        self.answers += 1
        self._nonce = response.get("www-authenticate").partition('nonce="')[2].partition('"')[0] or self._nonce


async def run(folder: Path) -> Findings:
    """Flood an edge, while its phones refresh and new ones come."""
    findings, waits = Findings(), list[float]()
    with Fleet(folder, EDGES[:1], _USERS) as fleet, ExitStack() as opened:
        load_balancer = LoadBalancer(fleet.addresses)
        neighbours = [opened.enter_context(Phone(_attacking(i), load_balancer, i)) for i in range(_NEIGHBOURS)]
        await asyncio.gather(*(phone.register() for phone in neighbours))
        attackers = [
            opened.enter_context(Attacker(_attacking(i), load_balancer))
            for i in range(_ATTACKING_HOSTS)
            for _ in range(_SOCKETS_OF_A_HOST)
        ]
        async with MemoryWatch(fleet, EDGES[0]) as watch, asyncio.TaskGroup() as group:
            flooding = group.create_task(_flood(attackers))
            for phone in neighbours:
                group.create_task(_refresh(phone, flooding, findings, waits))
            group.create_task(_newcomers(load_balancer, flooding, findings, waits))
        findings.figures["REGISTERs with wrong passwords"] = f"{_REQUESTS:,}, from {_ATTACKING_HOSTS} addresses"
        findings.figures["in"] = f"{flooding.result():.0f} s: an hour of {_AN_HOUR_AT} each second"
        findings.figures["of them answered, the others met with silence"] = f"{sum(a.answers for a in attackers):,}"
        watch.judge(findings)
        findings.broken += fleet.troubles()
    findings.figures["registrations of good phones meanwhile"] = f"{len(waits):,}"
    findings.figures["until such a phone is registered, p50"] = in_ms(percentile(waits, 50))
    findings.figures["until such a phone is registered, p99"] = in_ms(percentile(waits, 99))
    return findings


def _attacking(number: int) -> str:
    return f"127.0.79.{1 + number % _ATTACKING_HOSTS}"


async def _flood(attackers: list[Attacker]) -> float:
    """Guess at names that there are and names that there are not. Returns how many seconds it took."""
    loop, chance = asyncio.get_running_loop(), Random(_REQUESTS)  # noqa: S311
    began = loop.time()
    for i in range(_REQUESTS):
        if i % int(_REQUESTS / _SECONDS * _TICK_S) == 0:
            await asyncio.sleep(max(0, began + i * _SECONDS / _REQUESTS - loop.time()))
        attackers[i % len(attackers)].guess(username(chance.randrange(2 * _USERS)))
    return loop.time() - began


async def _refresh(phone: Phone, flooding: asyncio.Task[float], findings: Findings, waits: list[float]) -> None:
    while not flooding.done():
        await _register(phone, findings, waits)
        await asyncio.sleep(_REFRESH_S)


async def _newcomers(
    load_balancer: LoadBalancer, flooding: asyncio.Task[float], findings: Findings, waits: list[float]
) -> None:
    """Register new phones, from an address without an attacker."""
    for number in count(_NEIGHBOURS):
        if flooding.done():
            return
        with Phone("127.0.78.101", load_balancer, number) as phone:
            await _register(phone, findings, waits)
        await asyncio.sleep(1 / _NEWCOMERS_PER_S)


async def _register(phone: Phone, findings: Findings, waits: list[float]) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        await phone.register()
        waits.append(loop.time() - began)
    except (RefusedError, SilentError) as error:
        findings.require(False, f"{phone.uri} could not register: {error}")


FLOOD: Final = Experiment(
    "flood",
    "Under an hour's worth of wrong passwords an edge's memory stays flat, and good phones register, those that share "
    "an address with an attacker as well.",
    run,
)
