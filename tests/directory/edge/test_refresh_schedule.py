"""The schedule of refresh pushes, against the emulated DynamoDB: its queries and pages are what has to hold."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from directory.edge.lean_client import LeanClient
from directory.edge.refresh_schedule import RefreshSchedule
from directory.schema.refresh_pushes import SHARDS, RefreshPush, minute_shard
from tests.service import Service

pytestmark = pytest.mark.usefixtures("as_an_edge")

END = 4_000_000_000  # not soon, as the table forgets


class Schedule:
    """The schedule with outcomes to wait for."""

    def __init__(self, schedule: RefreshSchedule) -> None:
        self._schedule = schedule

    async def plan(self, *pushes: RefreshPush) -> list[Any]:
        return list(await asyncio.gather(*[self._outcome(self._schedule.plan, push) for push in pushes]))

    async def read(self, minute: int, shard: int) -> tuple[list[RefreshPush], int]:
        """Returns the pushes, and the number of their pages."""
        found: list[RefreshPush] = []
        pages, after = 0, ""
        while not pages or after:
            page = await self._outcome(self._schedule.read, minute, shard, after)
            found += page.pushes
            pages, after = pages + 1, page.after
        return found, pages

    async def note_progress(self, shard: int, minute: int) -> Any:
        return await self._outcome(self._schedule.note_progress, shard, minute)

    async def read_progress(self) -> Any:
        return await self._outcome(self._schedule.read_progress)

    async def _outcome(self, ask: Any, *args: Any) -> Any:
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        ask(*args, future.set_result)
        return await asyncio.wait_for(future, 20)


def run(tables: dict[str, str], body: Callable[[Schedule], Awaitable[None]]) -> None:
    async def main() -> None:
        client = LeanClient(4)
        schedule = RefreshSchedule(client, tables, asyncio.get_running_loop())
        await body(Schedule(schedule))
        await schedule.close()
        await client.close()

    asyncio.run(main())


def push(device: int, minute: int, expires: int = END) -> RefreshPush:
    return RefreshPush(f"user{device}@abc123-def456", f"{device:016x}", expires, minute)


def test_pushes_are_read_by_minute_and_shard(service: Service) -> None:
    async def body(schedule: Schedule) -> None:
        planned = {push(device, 100) for device in range(40)}
        assert await schedule.plan(*planned, push(1, 101)) == [True] * 41
        found = [(shard, each) for shard in range(SHARDS) for each in (await schedule.read(100, shard))[0]]
        assert {each for _, each in found} == planned
        assert all(shard == each.shard for shard, each in found)
        assert len({shard for shard, _ in found}) > SHARDS // 2
        assert await schedule.read(102, 0) == ([], 1)

    run(service.tables, body)


def test_a_plan_that_is_repeated_is_one_push(service: Service) -> None:
    async def body(schedule: Schedule) -> None:
        planned = push(1, 200)
        await schedule.plan(planned)
        await schedule.plan(planned, planned._replace(expires=END + 1))
        assert await schedule.read(200, planned.shard) == ([planned._replace(expires=END + 1)], 1)

    run(service.tables, body)


def test_many_pushes_come_in_pages(service: Service) -> None:
    async def body(schedule: Schedule) -> None:
        planned = [each for each in (push(device, 300) for device in range(5000)) if each.shard == 3]
        await schedule.plan(*planned)
        found, pages = await schedule.read(300, 3)
        assert sorted(found) == sorted(planned)
        assert pages == 1 + (len(planned) - 1) // 250

    run(service.tables, body)


def test_the_progress_of_shards_is_kept(service: Service) -> None:
    async def body(schedule: Schedule) -> None:
        for shard, minute in ((3, 400), (15, 401), (3, 402)):
            assert await schedule.note_progress(shard, minute)
        assert dict(await schedule.read_progress()).items() >= {3: 402, 15: 401}.items()

    run(service.tables, body)


def test_items_hold_no_token_and_are_forgotten_after_the_end(service: Service) -> None:
    async def body(schedule: Schedule) -> None:
        await schedule.plan(push(1, 500))

    run(service.tables, body)
    table = service.tables["REFRESH_PUSHES_TABLE"]
    key = {"minute_shard": {"S": minute_shard(500, push(1, 500).shard)}, "device": {"S": push(1, 500).device}}
    item = service.dynamodb.get_item(TableName=table, Key=key)["Item"]
    assert item == {**key, "expires": {"N": str(END)}, "forget_at": {"N": str(END)}}


def test_a_table_out_of_reach_is_told(service: Service) -> None:
    async def body(schedule: Schedule) -> None:
        assert await schedule.plan(push(1, 600)) == [False]
        assert await schedule.read_progress() is None
        with pytest.raises(AttributeError):
            await schedule.read(600, 0)  # None has no pushes

    run({**service.tables, "REFRESH_PUSHES_TABLE": "gone"}, body)
