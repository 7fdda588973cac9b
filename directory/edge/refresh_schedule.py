"""The schedule of refresh pushes.

The edge that registers a phone plans its push, and any edge reads it when it is due.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from aiohttp import ClientError as HTTPError
from botocore.exceptions import BotoCoreError, ClientError

from directory.edge import batch_write
from directory.edge.group_commit import GroupCommit
from directory.schema import items, refresh_pushes, tables
from directory.schema.items import Item
from directory.schema.refresh_pushes import RefreshPush

if TYPE_CHECKING:
    from directory.edge.lean_client import LeanClient

_PAGE: Final = 250
Progress = Mapping[int, int]
"""The minute up to which the pushes of a shard are sent, by shard."""


class Page(NamedTuple):
    """Some of the pushes of a shard in one minute. `after` is where the next page begins, "" after the last one."""

    pushes: Sequence[RefreshPush]
    after: str


class RefreshSchedule:
    """The planned pushes of all addresses. To be used from the loop's thread alone.

    Outcomes are delivered through callbacks, later, in the loop's thread. One write is under way at most.
    """

    def __init__(self, client: LeanClient, environment: Mapping[str, str], loop: asyncio.AbstractEventLoop) -> None:
        self._client = client
        self._loop = loop
        self._table = tables.REFRESH_PUSHES.deployed_name(environment)
        self._writes: GroupCommit[Item, bool] = GroupCommit(
            loop, self._write_all, lambda _: False, batch_write.LARGEST, 1
        )
        self._reads: set[asyncio.Task[None]] = set()

    def plan(self, push: RefreshPush, then: Callable[[bool], None]) -> None:
        """Store a push, in the place of the same one. The outcome is whether it is durable."""
        self._put(refresh_pushes.refresh_push_item(push), then)

    def note_progress(self, shard: int, minute: int, then: Callable[[bool], None]) -> None:
        """Store that the pushes of a shard are sent up to and with a minute. The outcome is whether it is durable."""
        self._put(refresh_pushes.progress_item(shard, minute), then)

    def read(self, minute: int, shard: int, after: str, then: Callable[[Page | None], None]) -> None:
        """Read a page of the pushes of a shard in a minute, from `after` on. None when it can't be read now."""
        self._start(self._page(refresh_pushes.minute_shard(minute, shard), after), then)

    def read_progress(self, then: Callable[[Progress | None], None]) -> None:
        """Read how far shards have got. None when it can't be read now."""
        self._start(self._progress(), then)

    async def close(self) -> None:
        """Wait for the write in flight, and give up what is being read."""
        reads = list(self._reads)
        for read in reads:
            read.cancel()
        await asyncio.gather(*reads, return_exceptions=True)
        await self._writes.close()

    def _put(self, item: Item, then: Callable[[bool], None]) -> None:
        self._writes.add((item["minute_shard"]["S"], item["device"]["S"]), item, then)

    async def _write_all(self, stored: list[Item]) -> list[bool]:
        return await batch_write.put_all(self._client, tables.REFRESH_PUSHES, self._table, stored)

    async def _page(self, key: str, after: str) -> Page:
        start = {"minute_shard": items.text(key), "device": items.text(after)}
        answer = await self._query(key, Limit=_PAGE, **({"ExclusiveStartKey": start} if after else {}))
        found = [refresh_pushes.refresh_push(item) for item in answer["Items"]]
        last = answer.get("LastEvaluatedKey")
        return Page(found, last["device"]["S"] if last else "")

    async def _progress(self) -> Progress:
        answer = await self._query(refresh_pushes.PROGRESS)
        return dict([refresh_pushes.progress(item) for item in answer["Items"]])

    async def _query(self, key: str, **limits: Any) -> dict[str, Any]:
        return await self._client.query(
            TableName=self._table,
            KeyConditionExpression="minute_shard = :key",
            ExpressionAttributeValues={":key": items.text(key)},
            ConsistentRead=True,
            **limits,
        )

    def _start(self, read: Any, then: Callable[[Any], None]) -> None:
        task = self._loop.create_task(self._answered(read, then))
        self._reads.add(task)
        task.add_done_callback(self._reads.discard)

    async def _answered(self, read: Any, then: Callable[[Any], None]) -> None:
        try:
            outcome = await read
        except (HTTPError, ClientError, BotoCoreError, TimeoutError):
            outcome = None
        then(outcome)
