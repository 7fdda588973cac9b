"""Tests the credentials of push apps. The API asks for it in the switches, which edges read all the time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from directory.edge.push_credentials import PushCredentials
from directory.schema.model import PushTest
from sip_edge.journal import Journal
from sip_edge.push.notifications import PushNotifications

_MOST_AT_ONCE: Final = 10


class CredentialTests:
    """The tests of one edge. To be used from the loop's thread."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        credentials: PushCredentials,
        pushes: PushNotifications,
        journal: Journal,
        clock: Callable[[], float],
    ) -> None:
        """`clock` gives seconds since the epoch."""
        self._loop = loop
        self._credentials = credentials
        self._pushes = pushes
        self._journal = journal
        self._clock = clock
        self._under_way: dict[str, asyncio.Task[None]] = {}

    def follow(self, asked: Iterable[str]) -> None:
        """Begin the tests that are asked for, each as `customer_id/id`; another edge may be faster."""
        for each in asked:
            if each not in self._under_way and len(self._under_way) < _MOST_AT_ONCE:
                task = self._under_way[each] = self._loop.create_task(self._test(each))
                task.add_done_callback(partial(self._forget, each))

    async def close(self) -> None:
        """Give up what is under way."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _forget(self, asked: str, _: asyncio.Task[None]) -> None:
        del self._under_way[asked]

    async def _test(self, asked: str) -> None:
        customer_id, _, app_id = asked.partition("/")
        try:
            if not await self._loop.run_in_executor(None, self._credentials.take_test, asked):
                return
            outcome = await self._pushes.check(customer_id, app_id)
            test = PushTest(outcome.result.value, outcome.reason, int(self._clock()))
            await self._loop.run_in_executor(None, self._credentials.note_test, customer_id, app_id, test)
            self._journal.note("push_app_tested", push_app=app_id, result=outcome.result.value, reason=outcome.reason)
        except (ClientError, BotoCoreError) as error:
            self._journal.trouble("push_app_untested", error)
