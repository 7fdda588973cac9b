"""Sends pushes for the registrar and the proxy: finds the app of a target, and asks its provider."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final, Protocol, TypeVar

from directory.errors import CredentialsUnreadableError
from sip_edge.journal import Journal
from sip_edge.push.app import App
from sip_edge.push.apps import Apps, KnownApp
from sip_edge.push.outcome import BAD_KEY, EDGE_FAILED, NO_APP, UNREADABLE, Fault, Outcome, Result, fault_of
from sip_edge.push.parameters import Purpose, PushTarget

_MOST_UNDER_WAY: Final = 2000
Found = TypeVar("Found")


class Sender(Protocol):
    """Sends pushes by one service (`sip_edge.push.apns.Apns`, `sip_edge.push.fcm.Fcm`)."""

    async def send(self, app: App, target: PushTarget, purpose: Purpose, ttl_s: int) -> Outcome:
        """Wake a device."""

    async def check(self, app: App) -> Outcome:
        """Try the credentials without waking a device."""

    async def close(self) -> None:
        """End all connections."""


class PushNotifications:
    """The `Pusher` of an edge. To be used from the loop's thread."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        apps: Apps,
        senders: Mapping[str, Sender],
        journal: Journal,
        clock: Callable[[], float],
    ) -> None:
        """`senders` has a sender for each of `parameters.SERVICES`; `clock` gives seconds since the epoch."""
        self._loop = loop
        self._apps = apps
        self._senders = senders
        self._journal = journal
        self._clock = clock
        self._under_way: set[asyncio.Task[Any]] = set()
        self._pushed: set[str] = set()
        self._accepted: set[str] = set()
        self._refused: set[str] = set()

    def find_services(self, customer_id: str, then: Callable[[frozenset[str] | None], None]) -> None:
        """See Pusher."""
        self._start(self._services(customer_id), None, then)

    def has_app(self, customer_id: str, target: PushTarget, then: Callable[[bool | None], None]) -> None:
        """See Pusher."""
        self._start(self._is_known(customer_id, target), None, then)

    def push(
        self, customer_id: str, target: PushTarget, purpose: Purpose, ttl_s: int, then: Callable[[Outcome], None]
    ) -> None:
        """See Pusher."""
        self._start(self._sent(customer_id, target, purpose, ttl_s), EDGE_FAILED, then)

    async def check(self, customer_id: str, app_id: str) -> Outcome:
        """Try the credentials of an app, as they are stored now, whatever came of its pushes so far."""
        self._apps.expire(customer_id)
        try:
            apps = await self._apps.of_customer(customer_id)
        except CredentialsUnreadableError:
            return UNREADABLE
        for known in apps:
            if known.stored.id == app_id:
                return await self._senders[known.stored.service].check(known.app) if known.app else BAD_KEY
        return NO_APP

    def take_pushed_customers(self) -> int:
        """Returns the number of customers with pushes since the last call."""
        pushed, self._pushed = self._pushed, set()
        return len(pushed)

    def take_refused_customers(self) -> int:
        """Returns the number of customers since the last call whose keys were refused, and no push was accepted."""
        refused, accepted = self._refused, self._accepted
        self._refused, self._accepted = set(), set()
        return len(refused - accepted)

    async def close(self) -> None:
        """Give up what is under way, and end all connections."""
        tasks = list(self._under_way)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._apps.close()
        for sender in self._senders.values():
            await sender.close()

    async def _services(self, customer_id: str) -> frozenset[str] | None:
        try:
            return frozenset(known.stored.service for known in await self._apps.of_customer(customer_id) if known.app)
        except CredentialsUnreadableError:
            return None

    async def _is_known(self, customer_id: str, target: PushTarget) -> bool | None:
        try:
            return await self._find(customer_id, target) is not None
        except CredentialsUnreadableError:
            return None

    async def _find(self, customer_id: str, target: PushTarget) -> KnownApp | None:
        apps = await self._apps.of_customer(customer_id)
        return next((known for known in apps if known.app and known.app.is_of(target)), None)

    async def _sent(self, customer_id: str, target: PushTarget, purpose: Purpose, ttl_s: int) -> Outcome:
        outcome = await self._outcome(customer_id, target, purpose, ttl_s)
        self._count(customer_id, target.service, outcome)
        return outcome

    def _count(self, customer_id: str, service: str, outcome: Outcome) -> None:
        self._pushed.add(customer_id)
        if outcome.result is Result.ACCEPTED:
            self._journal.count(f"push_{service}_accepted")
            self._accepted.add(customer_id)
            return
        fault = fault_of(outcome)
        self._journal.count(f"push_{service}_{fault.value}")
        if fault is Fault.KEY:
            self._refused.add(customer_id)

    async def _outcome(self, customer_id: str, target: PushTarget, purpose: Purpose, ttl_s: int) -> Outcome:
        try:
            known = await self._find(customer_id, target)
        except CredentialsUnreadableError:
            return UNREADABLE
        if known is None or known.app is None:
            return NO_APP
        circuit = known.circuits[target.is_sandbox]
        outcome = circuit.answer(self._clock())
        if outcome is None:
            outcome = await self._senders[target.service].send(known.app, target, purpose, ttl_s)
            circuit.note(outcome, self._clock())
        return outcome

    def _start(self, work: Coroutine[Any, Any, Found], otherwise: Found, then: Callable[[Found], None]) -> None:
        """Do it aside, and hand its result over, `otherwise` for what fails or is too much."""
        if len(self._under_way) >= _MOST_UNDER_WAY:
            work.close()
            self._journal.count("push_overload")
            self._loop.call_soon(then, otherwise)
            return
        task = self._loop.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(lambda done: self._deliver(done, otherwise, then))

    def _deliver(self, done: asyncio.Task[Found], otherwise: Found, then: Callable[[Found], None]) -> None:
        self._under_way.discard(done)
        if done.cancelled():
            return
        error = done.exception()
        if error:  # a mistake of ours: told to the log, and a held request must not hang on it
            self._journal.trouble("internal_error", error)
        then(otherwise if error else done.result())
