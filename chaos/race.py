"""Two devices that want the only place of an extension at the same moment, each at another edge."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from bench.places import password
from chaos.experiment import Experiment, Findings, in_ms, percentile
from chaos.fleet import EDGES, Fleet
from chaos.load_balancer import LoadBalancer
from chaos.phone import Phone, proof

_HOST: Final = "127.0.78.101"
_AT_ONCE: Final = 10


async def run(folder: Path, races: int = 1000) -> Findings:
    """Let the two devices of some extensions race, by turns for as often as it takes."""
    findings = Findings()
    taken: list[float] = []
    with Fleet(folder, EDGES[:2], _AT_ONCE) as fleet, ExitStack() as opened:
        pairs = [
            [opened.enter_context(Phone(_HOST, LoadBalancer([edge]), number)) for edge in fleet.addresses]
            for number in range(min(_AT_ONCE, races))
        ]
        begun = 0
        while begun < races:
            some = pairs[: races - begun]
            winners = await asyncio.gather(*(_race(pair, taken, findings) for pair in some))
            addresses = await asyncio.to_thread(fleet.addresses_of, range(len(some)))
            for (first, _), won in zip(some, winners, strict=True):
                stored = [binding.call_id for binding in addresses[first.number].bindings]
                findings.require(stored == [phone.call_id for phone in won], f"stored of {first.uri}: {stored}")
            await asyncio.gather(*(phone.register(expires=0) for won in winners for phone in won))
            begun += len(some)
        findings.broken += fleet.troubles()
    findings.figures = {
        "races": f"{begun:,}",
        "both answers there, p50": in_ms(percentile(taken, 50)),
        "both answers there, p99": in_ms(percentile(taken, 99)),
    }
    return findings


async def _race(pair: list[Phone], taken: list[float], findings: Findings) -> list[Phone]:
    """Those who got the place: of two who ask with good credentials in the same moment exactly one."""
    challenges = await asyncio.gather(*(phone.ask_to_register("") for phone in pair))
    proofs = [proof(challenge, pair[0].number, password(pair[0].number)) for challenge in challenges]
    begun = asyncio.get_running_loop().time()
    asked = (phone.ask_to_register(proved) for phone, proved in zip(pair, proofs, strict=True))
    answers = await asyncio.gather(*asked)
    taken.append(asyncio.get_running_loop().time() - begun)
    won = [phone for phone, answer in zip(pair, answers, strict=True) if answer.status == 200]
    findings.require(len(won) == 1, f"{pair[0].uri}: {[answer.start for answer in answers]}")
    return won


RACE: Final = Experiment(
    "race", "Of two devices that race for one extension, each at another edge, exactly one gets it, never two.", run
)
