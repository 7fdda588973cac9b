"""All simulated phones, with one caller outside, in a thread of their own."""

from __future__ import annotations

import asyncio
import secrets
import socket
import threading
import time
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

from chaos.load_balancer import EdgeAddress, LoadBalancer
from chaos.peer import SilentError
from chaos.phone import Caller, RefusedError
from rehearsal.phone import Account, Phone
from sipctl.failure import FailedError

CALLS_PER_S: Final = 2
EXPIRES_S: Final = 300
_REGISTRATIONS_PER_S: Final = 50
# A load balancer forgets a flow after 120 s (Elastic Load Balancing User Guide, "Network Load Balancers").
_KEEPALIVE_S: Final = 25
_PAUSE_S: Final = 5
# The time to live of a balancer's records.
_RESOLVE_S: Final = 60
_BUSY: Final = 486
_POLL_S: Final = 0.1


@dataclass(slots=True)
class Counts:
    """Counts since the phones began, apart from `registered`: the number of phones that are registered now."""

    registered: int = 0
    refused: int = 0
    calls: int = 0
    missed: int = 0


class Population:
    """Phones that stay registered and are called until they are told to stop."""

    def __init__(self) -> None:
        self.counts = Counts()
        self._is_over = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, accounts: Sequence[Account], host: str, port: int) -> None:
        """Let phones of these accounts come to the edges behind a name. Raises FailedError without an address."""
        edges = _resolved(host, port)
        self._is_over.clear()
        self.counts = Counts()
        self._thread = threading.Thread(target=asyncio.run, args=(self._live(accounts, edges, host, port),))
        self._thread.start()

    def stop(self) -> None:
        """Let all phones fall silent."""
        self._is_over.set()
        if self._thread:
            self._thread.join()
            self._thread = None

    def wait_registered(self, phones: int, timeout_s: float) -> None:
        """Wait until so many are registered. Raises FailedError when they are not in time."""
        deadline = time.monotonic() + timeout_s
        while self.counts.registered < phones:
            if time.monotonic() > deadline:
                detail = f"{self.counts.registered} of {phones} phones are registered after {timeout_s:.0f} s."
                raise FailedError({"code": "not_registered", "detail": detail})
            time.sleep(_POLL_S)

    @contextmanager
    def watched(self, figures: dict[str, str | int], least_s: float = 0) -> Iterator[None]:
        """Adds the calls and refusals of the context to the figures. The context lasts for the seconds at least."""
        before, began = replace(self.counts), time.monotonic()
        yield
        time.sleep(max(0.0, began + least_s - time.monotonic()))
        after = self.counts
        figures.update(
            {
                "calls": after.calls - before.calls,
                "missed calls": after.missed - before.missed,
                "refused or unanswered registrations": after.refused - before.refused,
                "registered phones": after.registered,
            }
        )

    async def _live(self, accounts: Sequence[Account], edges: list[EdgeAddress], host: str, port: int) -> None:
        balancer, local = LoadBalancer(edges), _local_address(edges[0])
        with ExitStack() as opened:
            phones = [opened.enter_context(Phone(local, balancer, account)) for account in accounts]
            caller = opened.enter_context(Caller(local, balancer))
            jobs: list[Coroutine[Any, Any, None]] = [
                *(self._stay(phone, number / _REGISTRATIONS_PER_S) for number, phone in enumerate(phones)),
                self._call(caller, phones),
                _follow(balancer, edges, host, port),
            ]
            tasks = [asyncio.create_task(job) for job in jobs]
            while not self._is_over.is_set():
                await asyncio.sleep(_POLL_S)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _stay(self, phone: Phone, after_s: float) -> None:
        """Register a phone and keep it registered."""
        await asyncio.sleep(after_s)
        is_registered = False
        while True:
            try:
                await phone.register(EXPIRES_S)
            except (RefusedError, SilentError):
                self.counts.refused += 1
                self.counts.registered -= is_registered
                is_registered = False
                await asyncio.sleep(_PAUSE_S)
                continue
            self.counts.registered += not is_registered
            is_registered = True
            for _ in range(EXPIRES_S // 2 // _KEEPALIVE_S):
                await asyncio.sleep(_KEEPALIVE_S)
                phone.keep_alive()

    async def _call(self, caller: Caller, phones: Sequence[Phone]) -> None:
        """Call one phone after the other. A phone that is called before it has registered is not counted."""
        calls: set[asyncio.Task[None]] = set()
        while True:
            await asyncio.sleep(1 / CALLS_PER_S)
            if self.counts.registered < len(phones) and not self.counts.calls:
                continue
            call = asyncio.create_task(self._call_one(caller, secrets.choice(phones)))
            calls.add(call)
            call.add_done_callback(calls.discard)

    async def _call_one(self, caller: Caller, phone: Phone) -> None:
        self.counts.calls += 1
        try:
            status = await caller.call(phone.account.uri)
        except SilentError:
            status = 0
        self.counts.missed += status != _BUSY


async def _follow(balancer: LoadBalancer, edges: list[EdgeAddress], host: str, port: int) -> None:
    """Keep to the addresses that a name has: one that a zone has lost leads nowhere."""
    known = edges
    while True:
        await asyncio.sleep(_RESOLVE_S)
        try:
            found = await asyncio.to_thread(_resolved, host, port)
        except FailedError:
            continue
        for address in set(found) - set(known):
            balancer.regain(address)
        for address in set(known) - set(found):
            balancer.lose(address)
        known = found


def _resolved(host: str, port: int) -> list[EdgeAddress]:
    try:
        found = socket.getaddrinfo(host, port, socket.AF_INET, socket.SOCK_DGRAM)
    except OSError:
        raise FailedError({"code": "no_address", "detail": f"{host} has no IPv4 address."}) from None
    return sorted({(str(sockaddr[0]), int(sockaddr[1])) for *_, sockaddr in found})


def _local_address(edge: EdgeAddress) -> str:
    """The address that this machine sends from to an edge."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(edge)
        return str(probe.getsockname()[0])
