"""Writes traced messages for the edge. No request waits for these writes, and a call carries many."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from directory.edge import batch_write
from directory.edge.group_commit import GroupCommit
from directory.schema import record_items, tables
from directory.schema.records import TracedMessage

if TYPE_CHECKING:
    from directory.edge.lean_client import LeanClient


class TraceWriter:
    """Writes messages of traced extensions, one call at a time. To be used from the loop's thread alone."""

    def __init__(self, client: LeanClient, environment: Mapping[str, str], loop: asyncio.AbstractEventLoop) -> None:
        self._client = client
        self._table = tables.TRACES.deployed_name(environment)
        self._writes: GroupCommit[TracedMessage, bool] = GroupCommit(
            loop, self._write_all, lambda _: False, batch_write.LARGEST, 1
        )

    def write(self, message: TracedMessage, then: Callable[[bool], None]) -> None:
        """Store a message. The outcome, which comes later in the loop's thread, is whether it is stored."""
        self._writes.add(None, message, then)

    async def close(self) -> None:
        """Wait for the call in flight."""
        await self._writes.close()

    async def _write_all(self, messages: list[TracedMessage]) -> list[bool]:
        now = time.time()
        stored = [record_items.traced_item(message, now) for message in messages]
        return await batch_write.put_all(self._client, tables.TRACES, self._table, stored)
