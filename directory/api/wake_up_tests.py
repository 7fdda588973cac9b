"""Tests whether an extension's devices wake, as the API asks edges for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from directory.errors import WakeUpTestUnderWayError
from directory.schema import items, tables
from directory.schema.model import Extension
from directory.switches import SwitchBoard

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TEST_S: Final = 40  # edges look for tests every two seconds, and a device has thirty


class WakeUpTests:
    """Asks edges for tests of extensions, one at a time of each."""

    def __init__(self, client: DynamoDBClient, environment: Mapping[str, str]) -> None:
        self._client = client
        self._table = tables.USAGE.deployed_name(environment)
        self._board = SwitchBoard(client, environment)

    def ask(self, extension: Extension, now: int) -> int:
        """Ask the edges to push an extension's devices; one of them does. `now` is in seconds since the epoch.

        Returns when the test is over. Raises WakeUpTestUnderWayError when the one before is not, and ContentionError
        while too many tests wait.
        """
        until = now + TEST_S
        try:
            self._client.update_item(
                TableName=self._table,
                Key={
                    "customer_id": items.text(extension.customer_id),
                    "window": items.text(f"wake-up-test {extension.id}"),
                },
                UpdateExpression="SET forget_at = :until",
                ConditionExpression="attribute_not_exists(forget_at) OR forget_at <= :now",
                ExpressionAttributeValues={":until": items.number(until), ":now": items.number(now)},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            raise WakeUpTestUnderWayError(extension.id) from None
        self._board.ask_for_test("wake_up_tests", extension.aor)
        return until
