"""Traced messages, as they are read: oldest first."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from directory.schema import items, record_items, tables
from directory.schema.records import TRACED_KEPT_S, TracedMessage
from directory.schema.timestamps import precise_timestamp

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class TraceReader:
    """The messages that were traced in the last day, of all extensions."""

    def __init__(self, client: DynamoDBClient, environment: Mapping[str, str]) -> None:
        self._client = client
        self._table = tables.TRACES.deployed_name(environment)

    def page(self, aor: str, limit: int, after_at: str | None = None) -> tuple[list[TracedMessage], str | None]:
        """Up to `limit` messages of an address of record that passed after `after_at`, and the `at` to go on after.

        There may be fewer when they are long.
        """
        oldest = precise_timestamp(time.time() - TRACED_KEPT_S)  # the table forgets late
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="aor = :aor AND #at > :after",
            ExpressionAttributeNames={"#at": "at"},
            ExpressionAttributeValues={":aor": items.text(aor), ":after": items.text(max(oldest, after_at or ""))},
            Limit=limit,
            ConsistentRead=True,
        )
        last = answer.get("LastEvaluatedKey")
        return [record_items.traced(item) for item in answer["Items"]], last["at"]["S"] if last else None
