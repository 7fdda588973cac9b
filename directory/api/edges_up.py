"""Tells which edges of the fleet are up, from the roster that they enter themselves in (`directory.edge.roster`)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from directory.schema import items, tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class EdgesUp:
    """The edges that serve a base domain. An edge that dies leaves the roster within 200 seconds."""

    def __init__(self, client: DynamoDBClient, environment: Mapping[str, str], base: str) -> None:
        self._client = client
        self._table = tables.EDGES.deployed_name(environment)
        self._fleet = items.text(base.lower())

    def judge(self) -> Callable[[str], bool]:
        """Returns a function that tells whether the edge of a name is up. Its first call reads the roster.

        An edge without a fleet has no entry, and counts as up. A former life of an edge is over when a later one has
        an entry.
        """

        @cache
        def lives() -> dict[str, str]:
            return dict(name.split("/", 1) for name in sorted(self._names()))

        def is_up(edge: str) -> bool:
            address, is_member, life = edge.partition("/")
            return not is_member or lives().get(address) == life

        return is_up

    def _names(self) -> list[str]:
        found = self._client.query(
            TableName=self._table,
            KeyConditionExpression="fleet = :fleet",
            ExpressionAttributeValues={":fleet": self._fleet},
        )
        return [item["edge"]["S"] for item in found["Items"] if int(item["forget_at"]["N"]) > time.time()]
