"""Wake-ups, from the edge's writes to the API's pages, on the emulated DynamoDB."""

from __future__ import annotations

import asyncio
import time

import pytest

from directory.api.wake_up_reader import WakeUpReader
from directory.edge.lean_client import LeanClient
from directory.edge.wake_up_writer import WakeUpWriter
from directory.schema.model import Extension
from directory.schema.records import WAKE_UP_KEPT_S, WakeUpRecord
from directory.schema.timestamps import precise_timestamp
from tests.service import Service

pytestmark = pytest.mark.usefixtures("as_an_edge")


def wake_up(customer_id: str, number: int = 0, username: str = "alice", age: float = 10) -> WakeUpRecord:
    return WakeUpRecord(
        aor=f"{username}@{customer_id}",
        at=f"{precise_timestamp(time.time() - age)}#{number:012x}",
        cause="call",
        service="apns",
        app="com.example.app",
        push="accepted",
        reason="",
        end="registered" if number % 2 else "unanswered",
        woke_after_ms=4210 if number % 2 else None,
        call_id="c",
        count=1,
    )


def write(service: Service, wake_ups: list[WakeUpRecord]) -> None:
    async def main() -> None:
        client = LeanClient(2)
        log = WakeUpWriter(client, service.tables, asyncio.get_running_loop())
        settled: asyncio.Queue[bool] = asyncio.Queue()
        for one in wake_ups:
            log.write(one, settled.put_nowait)
        assert {await asyncio.wait_for(settled.get(), 10) for _ in wake_ups} == {True}
        await log.close()
        await client.close()

    asyncio.run(main())


def extension(customer_id: str, age: float) -> Extension:
    created_ms = int((time.time() - age) * 1000)
    return Extension(customer_id, "id", "", "", "alice", "", "2024-01-15T10:30:00Z", "", created_ms=created_ms)


def test_pages_are_newest_first_and_go_on_where_they_ended(service: Service) -> None:
    customer_id, _ = service.new_customer()
    stored = [wake_up(customer_id, n, age=n + 1) for n in range(30)]
    write(service, [*stored, wake_up(customer_id, username="bob")])
    reader, alice = WakeUpReader(service.dynamodb, service.tables), extension(customer_id, 3600)
    first, last_at = reader.page(alice, 20)
    second, end = reader.page(alice, 20, last_at)
    assert (first + second, end) == (stored, None)


def test_those_of_an_earlier_extension_and_of_30_days_ago_are_left_out(service: Service) -> None:
    customer_id, _ = service.new_customer()
    ages = (5, 120, WAKE_UP_KEPT_S - 600, WAKE_UP_KEPT_S + 60)
    write(service, [wake_up(customer_id, n, age=age) for n, age in enumerate(ages)])
    reader = WakeUpReader(service.dynamodb, service.tables)
    for age, expected in ((60, 1), (2 * WAKE_UP_KEPT_S, 3)):
        found, _ = reader.page(extension(customer_id, age), 20)
        assert len(found) == expected
