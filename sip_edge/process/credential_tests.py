"""Tests the credentials of push apps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from directory.edge.push_credentials import PushCredentials
from directory.schema.model import PushTest
from sip_edge.journal import Journal
from sip_edge.push.notifications import PushNotifications


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

    async def do_test(self, asked: str) -> None:
        """Test the credentials of the push app `customer_id/id`, and write down the outcome.

        Raises ClientError and BotoCoreError.
        """
        customer_id, _, app_id = asked.partition("/")
        outcome = await self._pushes.check(customer_id, app_id)
        test = PushTest(outcome.result.value, outcome.reason, int(self._clock()))
        await self._loop.run_in_executor(None, self._credentials.note_test, customer_id, app_id, test)
        self._journal.note("push_app_tested", push_app=app_id, result=outcome.result.value, reason=outcome.reason)
