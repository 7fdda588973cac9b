"""Writes the steps of calls for the edge, of which events are made. No request waits for these writes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from directory.edge import batch_write
from directory.edge.group_commit import GroupCommit
from directory.schema import record_items, tables
from directory.schema.records import CallStep

if TYPE_CHECKING:
    from directory.edge.lean_client import LeanClient


class CallWriter:
    """Writes the steps of calls. To be used from the loop's thread alone.

    Outcomes are delivered through callbacks, later, in the loop's thread. One write is under way at most, and what
    waits is bounded, so that calls never take much from registrations.
    """

    def __init__(self, client: LeanClient, environment: Mapping[str, str], loop: asyncio.AbstractEventLoop) -> None:
        self._client = client
        self._table = tables.CALLS.deployed_name(environment)
        self._writes: GroupCommit[CallStep, bool] = GroupCommit(
            loop, self._write_all, lambda _: False, batch_write.LARGEST, 1
        )

    def write(self, step: CallStep, then: Callable[[bool], None]) -> None:
        """Store a step, in the place of the same step of the same call. The outcome is whether it is stored."""
        self._writes.add((step.customer_id, step.at), step, then)

    async def close(self) -> None:
        """Wait for the call in flight."""
        await self._writes.close()

    async def _write_all(self, steps: list[CallStep]) -> list[bool]:
        now = time.time()
        stored = [record_items.call_step_item(step, now) for step in steps]
        return await batch_write.put_all(self._client, tables.CALLS, self._table, stored)
