"""Phones that change their network in a call, or before one, in network namespaces."""

from __future__ import annotations

import asyncio
import time
from itertools import product
from pathlib import Path
from statistics import median
from typing import Final

from chaos.experiment import Experiment, Findings, in_ms
from chaos.pushed_service import pushed_service
from tests.calls.office import Office
from tests.nat.call import Call, ask, talk
from tests.nat.internet import Internet, internet_of
from tests.transport.wire_phone import WirePhone

_TRANSPORTS: Final = ("UDP", "TCP", "TLS", "WS")
_EDGES: Final = (0, 1)
_ROUNDS: Final = 5
_MOST_S: Final = 1.0


async def run(folder: Path, rounds: int = _ROUNDS) -> Findings:
    """Let phones of each transport move in calls and in the gap before one."""
    return await asyncio.to_thread(_run, folder, rounds)


def _run(folder: Path, rounds: int) -> Findings:
    findings = Findings()
    with (
        pushed_service(folder) as (service, _),
        internet_of(service, folder) as internet,
        Office(service) as office,
    ):
        home = _phone(internet, office, "home2", "UDP")
        for transport in _TRANSPORTS:
            mobile = _phone(internet, office, "mobile", transport)
            byes = [
                _bye(internet, mobile, home, role, edge)
                for _, role, edge in product(range(rounds), ("caller", "callee"), _EDGES)
            ]
            rings = [_ring(internet, mobile, home, edge) for _, edge in product(range(rounds), _EDGES)]
            for what, waits in (
                ("a BYE reaches a phone that has moved", byes),
                ("a call in the gap is answered", rings),
            ):
                figure = f"{in_ms(median(waits))}, {in_ms(max(waits))}"
                findings.figures[f"{transport}: until {what}, p50 and slowest of {len(waits)}"] = figure
                findings.require(max(waits) < _MOST_S, f"{transport}: {max(waits):.1f} s until {what}")
    return findings


def _phone(internet: Internet, office: Office, host: str, transport: str) -> WirePhone:
    phone = WirePhone(office, office.extension()["username"], internet.connect(host, transport, 0), transport)
    assert phone.register().status == 200
    return phone


def _return(internet: Internet, mobile: WirePhone) -> None:
    """Let the mobile phone register over its Wi-Fi again."""
    internet.network.restore_wifi()
    mobile.peer = internet.connect("mobile", mobile.transport, 0)
    assert mobile.register().status == 200


def _bye(internet: Internet, mobile: WirePhone, home: WirePhone, role: str, edge: int) -> float:
    _return(internet, mobile)
    moved, other = talk(mobile, home, role)
    internet.move(mobile, edge)
    return ask(other, moved, "BYE")


def _ring(internet: Internet, mobile: WirePhone, home: WirePhone, edge: int) -> float:
    _return(internet, mobile)
    call = Call(home, mobile)
    internet.network.cut_wifi()
    call.invite()
    internet.move(mobile, edge)
    began = time.monotonic()
    call.answer()
    waited = time.monotonic() - began
    ask(call.caller, call.callee, "BYE")
    return waited


MOVED_PHONES: Final = Experiment(
    "moved-phones",
    "A phone whose network is cut without a FIN gets the far end's BYE within a second, and a call that came in the "
    "gap is answered within a second after the phone has registered.",
    run,
)
