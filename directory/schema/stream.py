"""The changes that the tables' streams tell (DynamoDB Streams, with the images before and after)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from directory.schema import items, record_items, tables
from directory.schema.model import Address, Extension
from directory.schema.records import Attempt, CallStep

Stored = Address | Extension | Attempt | CallStep
_IMAGES: Final = ("OldImage", "NewImage")


@dataclass(frozen=True, slots=True)
class Change:
    """One item as it was before and is after, None where it was not there, and when that changed.

    `id` tells the change apart from all others, `at` is in seconds since the epoch. `request_id` is that of the request
    of the API that made it, "" when an edge made it. It is also "" when the item is gone, since a deletion leaves
    nothing to write it to.
    """

    id: str
    at: int
    before: Stored | None
    after: Stored | None
    request_id: str = ""


def change(record: Mapping[str, Any], environment: Mapping[str, str]) -> Change:
    """The change in a record of a stream of the tables that the environment names."""
    table = record["eventSourceARN"].partition(":table/")[2].partition("/")[0]
    told = record["dynamodb"]
    before, after = [_stored(table, told[image], environment) if image in told else None for image in _IMAGES]
    at = int(told["ApproximateCreationDateTime"])
    return Change(record["eventID"], at, before, after, _request_id(*[told.get(image, {}) for image in _IMAGES]))


def _request_id(before: items.ReadItem, after: items.ReadItem) -> str:
    """An edge's write leaves what the last request wrote, so only one that is new has made the change."""
    found = items.request_id(after)
    return found if found != items.request_id(before) else ""


def _stored(table: str, image: items.ReadItem, environment: Mapping[str, str]) -> Stored:
    if table == tables.ADDRESSES.deployed_name(environment):
        return items.address(image)
    if table == tables.EXTENSIONS.deployed_name(environment):
        return items.extension(image)
    if table == tables.CALLS.deployed_name(environment):
        return record_items.call_step(image)
    return record_items.attempt(image)
