"""Opens the edge's stores over DynamoDB, and closes them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Final

from directory.edge.address_book import CALLS_AT_ONCE, AddressBook
from directory.edge.attempt_writer import AttemptWriter
from directory.edge.call_writer import CallWriter
from directory.edge.lean_client import LeanClient
from directory.edge.refresh_schedule import RefreshSchedule
from directory.edge.trace_writer import TraceWriter
from directory.edge.wake_up_writer import WakeUpWriter
from directory.schema import tables

_RECORD_CALLS_AT_ONCE: Final = 4
_REFRESH_CALLS_AT_ONCE: Final = 4


class DirectoryStores:
    """The stores of one edge. Without a table of calls, `calls` is None."""

    def __init__(self, environment: Mapping[str, str], loop: asyncio.AbstractEventLoop) -> None:
        """Raises KeyError when the name of a table or region is missing, NoCredentialsError without credentials."""
        self._client = LeanClient(CALLS_AT_ONCE)
        self.addresses = AddressBook(self._client, environment, loop)
        self._refresh_client = LeanClient(_REFRESH_CALLS_AT_ONCE)
        self.refreshes = RefreshSchedule(self._refresh_client, environment, loop)
        # Attempts, wake-ups, calls and traces take neither connections nor retries from registrations.
        self._record_client = LeanClient(_RECORD_CALLS_AT_ONCE)
        self.attempts = AttemptWriter(self._record_client, environment, loop)
        self.wake_ups = WakeUpWriter(self._record_client, environment, loop)
        has_calls = tables.CALLS.variable in environment
        self.calls = CallWriter(self._record_client, environment, loop) if has_calls else None
        self.traces = TraceWriter(self._record_client, environment, loop)

    async def close(self) -> None:
        """Waits for the calls in flight, and ends the connections."""
        async with AsyncExitStack() as opened:
            opened.push_async_callback(self._record_client.close)
            if self.calls:
                opened.push_async_callback(self.calls.close)
            opened.push_async_callback(self.traces.close)
            opened.push_async_callback(self.attempts.close)
            opened.push_async_callback(self.wake_ups.close)
            opened.push_async_callback(self._client.close)
            opened.push_async_callback(self._refresh_client.close)
            opened.push_async_callback(self.refreshes.close)
            opened.push_async_callback(self.addresses.close)
