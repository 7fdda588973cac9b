"""Writes wake-ups for the edge. No request waits for these writes, and a call carries many."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from directory.edge import batch_write
from directory.edge.group_commit import GroupCommit
from directory.schema import record_items, tables
from directory.schema.records import WakeUpRecord

if TYPE_CHECKING:
    from directory.edge.lean_client import LeanClient


class WakeUpWriter:
    """Writes wake-ups, one call at a time. To be used from the loop's thread alone."""

    def __init__(self, client: LeanClient, environment: Mapping[str, str], loop: asyncio.AbstractEventLoop) -> None:
        self._client = client
        self._table = tables.WAKE_UPS.deployed_name(environment)
        self._writes: GroupCommit[WakeUpRecord, bool] = GroupCommit(
            loop, self._write_all, lambda _: False, batch_write.LARGEST, 1
        )

    def write(self, wake_up: WakeUpRecord, then: Callable[[bool], None]) -> None:
        """Store wake-ups. The outcome, which comes later in the loop's thread, is whether they are stored."""
        self._writes.add((wake_up.aor, wake_up.at), wake_up, then)

    async def close(self) -> None:
        """Wait for the call in flight."""
        await self._writes.close()

    async def _write_all(self, wake_ups: list[WakeUpRecord]) -> list[bool]:
        now = time.time()
        stored = [record_items.wake_up_item(wake_up, now) for wake_up in wake_ups]
        return await batch_write.put_all(self._client, tables.WAKE_UPS, self._table, stored)
