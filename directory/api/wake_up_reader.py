"""Wake-ups of devices, as they are read: newest first."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from directory.schema import items, record_items, tables
from directory.schema.model import Extension
from directory.schema.records import WAKE_UP_KEPT_S, WakeUpRecord
from directory.schema.timestamps import precise_timestamp

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryInputTypeDef


class WakeUpReader:
    """The wake-ups of the last 30 days, of all extensions."""

    def __init__(self, client: DynamoDBClient, environment: Mapping[str, str]) -> None:
        self._client = client
        self._table = tables.WAKE_UPS.deployed_name(environment)

    def page(
        self, extension: Extension, limit: int, after_at: str | None = None
    ) -> tuple[list[WakeUpRecord], str | None]:
        """Up to `limit` wake-ups of an extension that began before `after_at`, and the `at` to go on after.

        Those of an earlier extension with its username are not among them.
        """
        oldest = precise_timestamp(time.time() - WAKE_UP_KEPT_S)  # the table forgets late
        query: QueryInputTypeDef = {
            "TableName": self._table,
            "KeyConditionExpression": "aor = :aor AND #at > :oldest",
            "ExpressionAttributeNames": {"#at": "at"},
            "ExpressionAttributeValues": {
                ":aor": items.text(extension.aor),
                ":oldest": items.text(max(oldest, extension.began)),
            },
            "ScanIndexForward": False,
            "Limit": limit,
            "ConsistentRead": True,
        }
        if after_at is not None:
            query["ExclusiveStartKey"] = {"aor": items.text(extension.aor), "at": items.text(after_at)}
        answer = self._client.query(**query)
        last = answer.get("LastEvaluatedKey")
        return [record_items.wake_up(item) for item in answer["Items"]], last["at"]["S"] if last else None
