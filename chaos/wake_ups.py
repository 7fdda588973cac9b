"""Calls wake phones that sleep, by pushes through stand-ins of APNs and FCM."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from statistics import median
from typing import Final

from chaos.experiment import Experiment, Findings, in_ms, percentile
from chaos.pushed_service import pushed_service
from tests.agents.browser_page import made_page
from tests.agents.settings import Kind, Transport
from tests.push.agents.light_phone import LightPhone
from tests.push.agents.pushed_office import HOSTS, PushedOffice, pushed_office
from tests.push.agents.sleeper import Sleep, Sleeper

_PHONES: Final = 40
_CALLS: Final = 5  # of one source for one address are pushed at once (docs/push.md)
_AGENTS: Final[tuple[tuple[Kind, Transport], ...]] = (("linphone", "tcp"), ("sipjs", "ws"))
_PATIENCE_S: Final = 20


async def run(folder: Path, phones: int = _PHONES) -> Findings:
    """Wake light phones and real ones, one after the other."""
    return await asyncio.to_thread(_run, folder, phones)


def _run(folder: Path, phones: int) -> Findings:
    made_page()
    findings = Findings()
    with pushed_service(folder) as (service, providers), pushed_office(service, providers, folder) as office:
        light = [wait for number in range(phones) for wait in _ring(office, number)]
        findings.figures = {
            "wake-ups of light phones": f"{len(light)}",
            "from the push until such a phone rings, p50": in_ms(percentile(light, 50)),
            "from the push until such a phone rings, p99": in_ms(percentile(light, 99)),
        }
        for kind, transport in _AGENTS:
            for sleep in Sleep:
                waits = _wake(office, kind, transport, sleep)
                what = f"from the push until {kind} rings that was {sleep.value}, median and slowest of {len(waits)}"
                findings.figures[what] = f"{in_ms(median(waits))}, {in_ms(max(waits))}"
    return findings


def _ring(office: PushedOffice, number: int) -> list[float]:
    phone = LightPhone(office, f"127.0.3.{1 + number}")
    return [phone.ring(f"wake-up-{number}-{call}") for call in range(_CALLS)]


def _wake(office: PushedOffice, kind: Kind, transport: Transport, sleep: Sleep) -> list[float]:
    """The seconds from each push to the INVITE at a real phone, which goes on or starts, and registers."""
    here, elsewhere = HOSTS
    parameters, _ = office.android()
    make_phone = partial(office.phone, kind, office.extension(), transport, here, contact_parameters=parameters)
    pushed: SimpleQueue[float] = SimpleQueue()
    waits = []
    with Sleeper(make_phone) as sleeper, office.phone("pjsua2", office.extension(), "tcp", elsewhere) as caller:
        caller.register()
        office.providers.fcm.on_push = lambda _: pushed.put(time.monotonic())
        for _ in range(_CALLS):
            sleeper.fall_asleep(sleep)
            call = caller.call(sleeper.phone.uri)
            pushed_at = pushed.get(timeout=_PATIENCE_S)
            sleeper.wake()
            incoming = sleeper.phone.wait_incoming()
            waits.append(time.monotonic() - pushed_at)
            call.cancel()
            assert incoming.wait_ended()[0] == call.wait_ended()[0] == 487
            assert pushed.empty()
    return waits


WAKE_UPS: Final = Experiment(
    "wake-ups",
    "A call wakes each phone by one push, from which the phone gets one INVITE, and the caller hears it ring.",
    run,
)
