"""Lists the edges that are up. Each enters its name, so that the next one knows its peers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from directory.schema import items, tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_KEPT_S: Final = 200


class Roster:
    """The names of the edges that serve a base domain. An entry lasts for 200 seconds, unless it is renewed."""

    def __init__(self, client: DynamoDBClient, environment: Mapping[str, str], base: str) -> None:
        self._client = client
        self._table = tables.EDGES.deployed_name(environment)
        self._fleet = items.text(base)

    def enter(self, edge: str, now: float) -> list[str]:
        """Enter an edge, or renew its entry, and return all that are entered. `now` is in seconds since the epoch."""
        forget_at = items.number(int(now) + _KEPT_S)
        self._client.put_item(TableName=self._table, Item={**self._key(edge), "forget_at": forget_at})
        found = self._client.query(
            TableName=self._table,
            KeyConditionExpression="fleet = :fleet",
            ExpressionAttributeValues={":fleet": self._fleet},
            ConsistentRead=True,
        )
        return [item["edge"]["S"] for item in found["Items"] if int(item["forget_at"]["N"]) > now]

    def leave(self, edge: str) -> None:
        """Take an edge off."""
        self._client.delete_item(TableName=self._table, Key=self._key(edge))

    def _key(self, edge: str) -> items.Item:
        return {"fleet": self._fleet, "edge": items.text(edge)}
