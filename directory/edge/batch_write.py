"""Putting many items by one call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from directory.schema.items import Item
from directory.schema.tables import Table

if TYPE_CHECKING:
    from directory.edge.lean_client import LeanClient

LARGEST: Final = 25  # the limit of BatchWriteItem


async def put_all(client: LeanClient, table: Table, deployed_name: str, items: Sequence[Item]) -> list[bool]:
    """Put up to LARGEST items of different keys; tells for each, in the same order, whether it is stored."""
    puts: Any = [{"PutRequest": {"Item": item}} for item in items]
    answer = await client.batch_write_item(RequestItems={deployed_name: puts})
    left: list[Any] = answer["UnprocessedItems"].get(deployed_name, [])
    unwritten = {_key(put["PutRequest"]["Item"], table) for put in left}
    return [_key(item, table) not in unwritten for item in items]


def _key(item: Item, table: Table) -> tuple[str, ...]:
    return tuple([item[name]["S"] for name in (table.partition_key, table.sort_key) if name])
