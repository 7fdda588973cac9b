"""The benchmark's stand-in for DynamoDB keeps to what the address book relies on, and counts rightly."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bench.endpoint.tables import Tables
from bench.places import CUSTOMER
from directory.edge.address_book import AddressBook, Conflict
from directory.schema.model import Address
from tests.tables import ENVIRONMENT


class Client:
    """A client whose calls are answered in this process."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def batch_get_item(self, **request: Any) -> Any:
        return self._tables.answer("BatchGetItem", request)

    async def batch_execute_statement(self, **request: Any) -> Any:
        return self._tables.answer("BatchExecuteStatement", request)


def test_an_address_is_read_swapped_and_refused_and_all_is_counted() -> None:
    tables = Tables(users=3)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        client: Any = Client(tables)
        book = AddressBook(client, ENVIRONMENT, loop)

        async def outcome(ask: Any, *arguments: Any) -> Any:
            future: asyncio.Future[Any] = loop.create_future()
            ask(*arguments, future.set_result)
            return await asyncio.wait_for(future, 5)

        assert await outcome(book.resolve, f"{2:012x}") == f"u2@{CUSTOMER}"
        address = await outcome(book.read, f"u2@{CUSTOMER}")
        assert isinstance(address, Address)
        assert await outcome(book.read, f"u3@{CUSTOMER}") is None
        changed = address.with_bindings((), "stamp", 1)
        assert await outcome(book.write, changed, address.version) == changed
        assert await outcome(book.write, changed, address.version) == Conflict(changed)
        assert await outcome(book.read, f"u2@{CUSTOMER}") == changed
        await book.close()

    asyncio.run(main())
    assert (tables.counts["read_units"], tables.counts["write_units"]) == (4, 2)
    assert (tables.counts["calls_BatchGetItem"], tables.counts["calls_BatchExecuteStatement"]) == (4, 2)


def test_what_no_edge_asks_is_not_answered() -> None:
    with pytest.raises(KeyError):
        Tables(1).answer("Scan", {})
