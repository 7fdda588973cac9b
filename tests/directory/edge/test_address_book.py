"""The edge's reads and compare-and-swaps, against the emulated DynamoDB: its PartiQL is what has to hold."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from directory.edge.address_book import CALLS_AT_ONCE, AddressBook, Conflict, Unavailable
from directory.edge.lean_client import LeanClient
from directory.schema import items
from directory.schema.model import Address, Binding
from directory.schema.request import carrying_out
from directory.schema.waiting import NO_WAITING, Waiting
from tests.service import Service

pytestmark = pytest.mark.usefixtures("as_an_edge")


class Book:
    """The address book with outcomes to wait for."""

    def __init__(self, book: AddressBook) -> None:
        self._book = book

    async def read(self, aor: str) -> Any:
        return await self._outcome(self._book.read, aor)

    async def resolve(self, direct_hash: str) -> Any:
        return await self._outcome(self._book.resolve, direct_hash)

    async def write(self, address: Address, seen: int) -> Any:
        return await self._outcome(self._book.write, address, seen)

    async def _outcome(self, ask: Any, *args: Any) -> Any:
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        ask(*args, future.set_result)
        return await asyncio.wait_for(future, 10)


def run(service: Service, body: Callable[[Book], Awaitable[None]], faulty: Faulty | None = None) -> None:
    async def main() -> None:
        real = LeanClient(CALLS_AT_ONCE)
        if faulty:
            faulty.real = real
        client: Any = faulty or real
        book = AddressBook(client, service.tables, asyncio.get_running_loop())
        await body(Book(book))
        await book.close()
        await real.close()

    asyncio.run(main())


def binding(n: int) -> Binding:
    return Binding(
        contact=f"sip:x@10.0.0.{n}",
        call_id=f"c{n}",
        cseq=n,
        flow="UDP/192.0.2.1:5060",
        edge="e",
        source="192.0.2.1:5060",
        transport="UDP",
        registered=1,
        expires=2,
        user_agent='a "quoted" — agent',
        path=("<sip:p;lr>",),
    )


@pytest.fixture
def address(service: Service, request: pytest.FixtureRequest) -> Iterator[Address]:
    address = Address(f"{request.node.name}@abc123-def456", "id", "0" * 32, 1, 7)
    service.dynamodb.put_item(TableName=service.tables["ADDRESSES_TABLE"], Item=items.address_item(address))
    yield address
    service.dynamodb.delete_item(TableName=service.tables["ADDRESSES_TABLE"], Key={"aor": {"S": address.aor}})


def test_what_was_written_is_read(service: Service, address: Address) -> None:
    async def body(book: Book) -> None:
        changed = address.with_bindings((binding(1), binding(2)), "0123", 3)
        assert await book.write(changed, address.version) == changed
        assert await book.read(address.aor) == changed
        assert await book.read("nobody@abc123-def456") is None

    run(service, body)


def test_the_wait_at_an_address_is_stored_and_ends(service: Service, address: Address) -> None:
    async def body(book: Book) -> None:
        waited = address.with_waiting(Waiting(20, (("10.0.0.1:5070/0a", 10),)))
        assert await book.write(waited, address.version) == waited
        assert await book.read(address.aor) == waited
        over = waited.with_bindings((binding(1),), "1", 1, NO_WAITING)
        assert await book.write(over, waited.version) == over
        assert await book.read(address.aor) == over

    run(service, body)


def test_another_version_is_a_conflict_that_tells_what_is_there(service: Service, address: Address) -> None:
    async def body(book: Book) -> None:
        first = address.with_bindings((binding(1),), "1", 1)
        second = address.with_bindings((binding(2),), "2", 1)
        assert await book.write(first, address.version) == first
        assert await book.write(second, address.version) == Conflict(first)
        assert await book.read(address.aor) == first

    run(service, body)


def test_a_deleted_address_is_a_conflict_with_nothing(service: Service, address: Address) -> None:
    async def body(book: Book) -> None:
        service.dynamodb.delete_item(TableName=service.tables["ADDRESSES_TABLE"], Key={"aor": {"S": address.aor}})
        assert await book.write(address.with_bindings((), "1", 1), address.version) == Conflict(None)
        assert await book.read(address.aor) is None

    run(service, body)


def test_of_many_writers_one_wins(service: Service, address: Address) -> None:
    async def body(book: Book) -> None:
        rivals = [address.with_bindings((binding(n),), str(n), 1) for n in range(40)]
        outcomes = await asyncio.gather(*[book.write(rival, address.version) for rival in rivals])
        winners = [o for o in outcomes if isinstance(o, Address)]
        assert len(winners) == 1
        assert await book.read(address.aor) == winners[0]

    run(service, body)


def test_a_direct_hash_leads_to_an_address(service: Service) -> None:
    service.dynamodb.put_item(
        TableName=service.tables["DIRECT_HASHES_TABLE"], Item=items.direct_hash_item("f" * 12, "x@abc123-def456")
    )

    async def body(book: Book) -> None:
        found = await asyncio.gather(*[book.resolve("f" * 12) for _ in range(3)], book.resolve("e" * 12))
        assert found == ["x@abc123-def456"] * 3 + [None]

    run(service, body)


class Faulty:
    """A client whose batches fail as DynamoDB's may, before they are let through to the real one."""

    real: LeanClient

    def __init__(self, codes: list[str]) -> None:
        self._codes = codes
        self.calls = 0

    async def batch_execute_statement(self, **request: Any) -> Any:
        self.calls += 1
        if self._codes:
            code = self._codes.pop(0)
            return {"Responses": [{"Error": {"Code": code}} for _ in request["Statements"]]}
        return await self.real.batch_execute_statement(**request)

    async def batch_get_item(self, **request: Any) -> Any:
        self.calls += 1
        if self._codes:
            del self._codes[0]
            return {"Responses": {}, "UnprocessedKeys": request["RequestItems"]}
        return await self.real.batch_get_item(**request)


@pytest.mark.parametrize("code", ["ThrottlingError", "TransactionConflict", "InternalServerError"])
def test_a_throttled_statement_is_sent_again(service: Service, address: Address, code: str) -> None:
    faulty = Faulty([code, code])

    async def body(book: Book) -> None:
        changed = address.with_bindings((binding(1),), "1", 1)
        assert await book.write(changed, address.version) == changed

    run(service, body, faulty)
    assert faulty.calls == 3


def test_keys_that_were_left_unread_are_asked_for_again(service: Service, address: Address) -> None:
    faulty = Faulty(["unread"] * 2)

    async def body(book: Book) -> None:
        found = await asyncio.gather(book.read(address.aor), book.resolve("0" * 12))
        assert (found[0], found[1]) == (address, None)

    run(service, body, faulty)
    assert faulty.calls > 2


def test_keys_that_stay_unread_are_reported(service: Service, address: Address) -> None:
    faulty = Faulty(["unread"] * 10)

    async def body(book: Book) -> None:
        assert await book.read(address.aor) == Unavailable("throttled")

    run(service, body, faulty)
    assert faulty.calls == 4


def test_throttling_that_lasts_is_reported(service: Service, address: Address) -> None:
    faulty = Faulty(["ThrottlingError"] * 10)

    async def body(book: Book) -> None:
        assert await book.write(address.with_bindings((), "1", 1), address.version) == Unavailable("throttled")

    run(service, body, faulty)
    assert faulty.calls == 4


def test_an_error_is_reported_by_its_name(service: Service, address: Address) -> None:
    faulty = Faulty(["AccessDenied"])

    async def body(book: Book) -> None:
        assert await book.write(address.with_bindings((), "1", 1), address.version) == Unavailable("AccessDenied")

    run(service, body, faulty)


def test_an_address_with_one_device_fits_one_write_unit() -> None:
    long = Binding(
        contact="sip:" + "u" * 40 + "@203.0.113.255:65535;transport=tcp;ob",
        call_id="c" * 60,
        cseq=2**31 - 1,
        flow="TCP/203.0.113.255:65535/0123456789",
        edge="10.100.100.100:5060",
        source="203.0.113.255:65535",
        transport="TCP",
        registered=1_700_000_000,
        expires=1_700_003_600,
        user_agent="a" * 100,
        instance="<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>",
        reg_id="1",
    )
    address = Address("u" * 40 + "@abc123-def456", "0" * 36, "0" * 32, 1, 2**53, (long,), "0" * 16, 9999)
    with carrying_out("0" * 36):
        item = items.address_item(address)
    size = sum(len(name) + len(next(iter(value.values())).encode()) for name, value in item.items())
    assert size < 1024
