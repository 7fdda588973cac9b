"""The changes that the tables' streams tell (DynamoDB Streams, with the images before and after)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from directory import items, tables
from directory.model import Address, Attempt, CallStep, Extension

Stored = Address | Extension | Attempt | CallStep
_IMAGES: Final = ("OldImage", "NewImage")


@dataclass(frozen=True, slots=True)
class Change:
    """One item as it was before and is after, None where it was not there, and when that changed.

    `id` tells the change apart from all others, `at` is in seconds since the epoch.
    """

    id: str
    at: int
    before: Stored | None
    after: Stored | None


def change(record: Mapping[str, Any], environment: Mapping[str, str]) -> Change:
    """The change in a record of a stream of the tables that the environment names."""
    table = record["eventSourceARN"].partition(":table/")[2].partition("/")[0]
    told = record["dynamodb"]
    before, after = [_stored(table, told[image], environment) if image in told else None for image in _IMAGES]
    return Change(record["eventID"], int(told["ApproximateCreationDateTime"]), before, after)


def _stored(table: str, image: items.ReadItem, environment: Mapping[str, str]) -> Stored:
    if table == tables.ADDRESSES.deployed_name(environment):
        return items.address(image)
    if table == tables.EXTENSIONS.deployed_name(environment):
        return items.extension(image)
    if table == tables.CALLS.deployed_name(environment):
        return items.call_step(image)
    return items.attempt(image)
