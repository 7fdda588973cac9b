"""Attempts, from the edge's writes to the API's pages, on the emulated DynamoDB."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from directory.api.attempt_reader import AttemptReader
from directory.edge.attempt_writer import AttemptWriter
from directory.edge.lean_client import LeanClient
from directory.schema.records import ATTEMPT_KEPT_S, Attempt
from directory.schema.timestamps import precise_timestamp
from tests.service import Service

pytestmark = pytest.mark.usefixtures("as_an_edge")


def attempt(customer_id: str, number: int = 0, username: str = "alice", age: int = 10, count: int = 1) -> Attempt:
    first = int(time.time()) - age
    return Attempt(
        aor=f"{username}@{customer_id}",
        at=f"{precise_timestamp(first)}#{number:012x}",
        reason="wrong_password",
        source="192.0.2.7:5060",
        transport="UDP",
        user_agent='a "quoted" — agent',
        call_id="c",
        first=first,
        last=first,
        count=count,
    )


def outcomes(service: Service, ask: Callable[[AttemptWriter, Callable[[Any], None]], int], client: Any = None) -> Any:
    """The outcomes of the so many questions that `ask` puts."""

    async def main() -> list[Any]:
        real = LeanClient(2)
        log = AttemptWriter(client or real, service.tables, asyncio.get_running_loop())
        settled: asyncio.Queue[Any] = asyncio.Queue()
        number = ask(log, settled.put_nowait)
        found = [await asyncio.wait_for(settled.get(), 10) for _ in range(number)]
        await log.close()
        await real.close()
        return found

    return asyncio.run(main())


def write(service: Service, attempts: list[Attempt]) -> None:
    def ask(log: AttemptWriter, then: Callable[[Any], None]) -> int:
        for one in attempts:
            log.write(one, then)
        return len(attempts)

    assert set(outcomes(service, ask)) == {True}


def test_pages_are_newest_first_and_go_on_where_they_ended(service: Service) -> None:
    customer_id, _ = service.new_customer()
    stored = [attempt(customer_id, n, username=f"user{n % 2}", age=n + 1) for n in range(30)]
    write(service, stored)
    attempts = AttemptReader(service.dynamodb, service.tables)
    first, last_at = attempts.page(customer_id, 20)
    second, end = attempts.page(customer_id, 20, last_at)
    assert (first + second, end) == (stored, None)
    first, last_at = attempts.of_address(f"user1@{customer_id}", 10)
    second, end = attempts.of_address(f"user1@{customer_id}", 10, last_at)
    assert first + second == stored[1::2]


def test_a_later_write_takes_the_place_of_the_earlier(service: Service) -> None:
    customer_id, _ = service.new_customer()
    write(service, [attempt(customer_id, count=1), attempt(customer_id, count=2)])
    found, _ = AttemptReader(service.dynamodb, service.tables).page(customer_id, 20)
    assert [one.count for one in found] == [2]


def test_after_seven_days_they_are_gone_before_the_table_forgets_them(service: Service) -> None:
    customer_id, _ = service.new_customer()
    write(service, [attempt(customer_id, age=ATTEMPT_KEPT_S + 60), attempt(customer_id, age=ATTEMPT_KEPT_S - 600)])
    found, _ = AttemptReader(service.dynamodb, service.tables).page(customer_id, 20)
    assert len(found) == 1


def test_customers_that_exist_and_others(service: Service) -> None:
    customer_id, _ = service.new_customer()

    def ask(log: AttemptWriter, then: Callable[[Any], None]) -> int:
        log.has_customer(customer_id, then)
        log.has_customer("no-such", then)
        log.has_customer(customer_id, then)
        return 3

    assert outcomes(service, ask) == [True, False, True]


class Unwilling:
    """A DynamoDB that leaves everything undone, or fails."""

    def __init__(self, fails: bool) -> None:
        self._fails = fails

    async def batch_write_item(self, **request: Any) -> Any:
        assert not self._fails
        return {"UnprocessedItems": request["RequestItems"]}

    async def batch_get_item(self, **request: Any) -> Any:
        assert not self._fails
        return {"Responses": {}, "UnprocessedKeys": request["RequestItems"]}


def test_what_is_left_undone_is_told(service: Service) -> None:
    def ask(log: AttemptWriter, then: Callable[[Any], None]) -> int:
        log.write(attempt("a"), then)
        log.has_customer("a", then)
        return 2

    for fails in (False, True):
        assert set(outcomes(service, ask, Unwilling(fails))) == {False, None}
