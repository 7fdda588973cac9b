"""Attempts to register, as they are read: newest first."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from directory.schema import items, record_items, tables
from directory.schema.model import customer_of
from directory.schema.records import ATTEMPT_KEPT_S, Attempt
from directory.schema.timestamps import timestamp

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryInputTypeDef


class AttemptReader:
    """The attempts of the last seven days, of all customers."""

    def __init__(self, client: DynamoDBClient, environment: Mapping[str, str]) -> None:
        self._client = client
        self._table = tables.ATTEMPTS.deployed_name(environment)

    def page(self, customer_id: str, limit: int, after_at: str | None = None) -> tuple[list[Attempt], str | None]:
        """Up to `limit` attempts at a customer's registrar that began before `after_at`, and the `at` to go on after.

        Those with usernames that don't exist are among them. A fresh one may take some seconds to be listed. For
        `UNASSIGNED` in place of a customer's id these are the attempts at no customer's domain.
        """
        return self._page({}, {"customer_id": customer_id}, after_at, limit)

    def of_address(
        self, aor: str, limit: int, after_at: str | None = None, since: str = ""
    ) -> tuple[list[Attempt], str | None]:
        """The same for one address of record, of those that began after the time `since`."""
        index = {"IndexName": tables.ATTEMPTS.index_name}
        return self._page(index, {"aor": aor, "customer_id": customer_of(aor)}, after_at, limit, since)

    def _page(
        self, index: Mapping[str, Any], keys: dict[str, str], after_at: str | None, limit: int, since: str = ""
    ) -> tuple[list[Attempt], str | None]:
        """Reads a page of the partition that the first of the keys names."""
        partition = next(iter(keys))
        oldest = max(since, timestamp(time.time() - ATTEMPT_KEPT_S))  # the table forgets late
        query: QueryInputTypeDef = {
            "TableName": self._table,
            **index,  # type: ignore[typeddict-item]
            "KeyConditionExpression": f"{partition} = :p AND #at > :oldest",
            "ExpressionAttributeNames": {"#at": "at"},
            "ExpressionAttributeValues": {":p": items.text(keys[partition]), ":oldest": items.text(oldest)},
            "ScanIndexForward": False,
            "Limit": limit,
        }
        if after_at is not None:
            query["ExclusiveStartKey"] = {
                "at": items.text(after_at),
                **{name: items.text(value) for name, value in keys.items()},
            }
        answer = self._client.query(**query)
        last = answer.get("LastEvaluatedKey")
        return [record_items.attempt(item) for item in answer["Items"]], last["at"]["S"] if last else None
