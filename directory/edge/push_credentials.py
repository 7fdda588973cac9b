"""Push credentials: the apps of customers, as edges read and test them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from directory.errors import CredentialsUnreadableError
from directory.schema import items, push_items, tables
from directory.schema.model import PushApp, PushTest

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class PushCredentials:
    """The apps of all customers. All calls wait, so an edge makes them in threads."""

    def __init__(self, client: DynamoDBClient, environment: Mapping[str, str]) -> None:
        self._client = client
        self._table = tables.PUSH_APPS.deployed_name(environment)

    def read(self, customer_id: str) -> list[PushApp]:
        """The apps of a customer, as they are or were a moment ago. Raises CredentialsUnreadableError."""
        try:
            answer = self._client.query(
                TableName=self._table,
                KeyConditionExpression="customer_id = :c",
                ExpressionAttributeValues={":c": items.text(customer_id)},
            )
        except ClientError as error:
            raise CredentialsUnreadableError(error.response["Error"]["Code"]) from None
        except BotoCoreError as error:
            raise CredentialsUnreadableError(type(error).__name__) from None
        return [push_items.push_app(item) for item in answer["Items"]]

    def note_test(self, customer_id: str, app_id: str, test: PushTest) -> None:
        """Write down the outcome of a test; nothing when the app has been deleted meanwhile."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=push_items.push_app_key(customer_id, app_id),
                UpdateExpression="SET test_status = :status, test_reason = :reason, test_changed = :changed",
                ConditionExpression="attribute_exists(id)",
                ExpressionAttributeValues={
                    ":status": items.text(test.status),
                    ":reason": items.text(test.reason),
                    ":changed": items.number(test.changed),
                },
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return
