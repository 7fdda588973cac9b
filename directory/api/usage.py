"""Counts the calls of each customer to the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from directory.schema import items, tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_KEPT_S: Final = 3600


class Usage:
    """Counts the calls of all customers."""

    def __init__(self, client: DynamoDBClient, environment: Mapping[str, str]) -> None:
        self._client = client
        self._table = tables.USAGE.deployed_name(environment)

    def count(self, customer_id: str, window: int) -> int:
        """Count one more call of a customer, and return how many there are in this window by now.

        A window is named by its begin, in seconds since the epoch.
        """
        answer = self._client.update_item(
            TableName=self._table,
            Key={"customer_id": items.text(customer_id), "window": items.text(str(window))},
            UpdateExpression="ADD calls :one SET forget_at = :then",
            ExpressionAttributeValues={":one": items.number(1), ":then": items.number(window + _KEPT_S)},
            ReturnValues="UPDATED_NEW",
        )
        return int(answer["Attributes"]["calls"]["N"])
