"""Webhooks: where customers want to be told of events."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from directory.api.ownership import owner_exists
from directory.api.transaction import ConditionFailedError, write_all
from directory.errors import NotFoundError, TooManyWebhooksError
from directory.schema import items, tables
from directory.schema.model import Webhook
from directory.schema.timestamps import timestamp

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MOST: Final = 10
BY_OWNER: Final = "by_owner"
"""The reason of a webhook that its customer has disabled."""


class Webhooks:
    """The webhooks of all customers, at most ten each."""

    def __init__(self, client: DynamoDBClient, environment: Mapping[str, str]) -> None:
        self._client = client
        self._table = tables.WEBHOOKS.deployed_name(environment)
        self._customers = tables.CUSTOMERS.deployed_name(environment)

    def create(self, customer_id: str, url: str, types: tuple[str, ...]) -> Webhook:
        """Store a new webhook for events of some types, all when there are none.

        Raises NotFoundError when there is no such customer, TooManyWebhooksError when it has ten.
        """
        if len(self.of_customer(customer_id)) >= MOST:
            raise TooManyWebhooksError(customer_id)
        webhook = Webhook(customer_id, str(uuid.uuid4()), url, types, timestamp())
        try:
            write_all(
                self._client,
                [
                    owner_exists(self._customers, customer_id),
                    {"Put": {"TableName": self._table, "Item": items.webhook_item(webhook)}},
                ],
            )
        except ConditionFailedError:
            raise NotFoundError(customer_id) from None
        return webhook

    def of_customer(self, customer_id: str) -> list[Webhook]:
        """All webhooks of a customer, ordered by id."""
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="customer_id = :c",
            ExpressionAttributeValues={":c": items.text(customer_id)},
            ConsistentRead=True,
        )
        return [items.webhook(item) for item in answer["Items"]]

    def get(self, customer_id: str, webhook_id: str) -> Webhook:
        """One webhook. Raises NotFoundError."""
        key = items.webhook_key(customer_id, webhook_id)
        found = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
        if found is None:
            raise NotFoundError(webhook_id)
        return items.webhook(found)

    def set_disabled(self, customer_id: str, webhook_id: str, disabled: bool) -> Webhook:
        """Disable a webhook, which keeps an earlier reason, or enable it: then none of its deliveries has failed.

        Raises NotFoundError.
        """
        values = {":request_id": items.current_request_id()}
        if disabled:
            update = "SET request_id = :request_id, disabled_reason = if_not_exists(disabled_reason, :reason)"
            values[":reason"] = items.text(BY_OWNER)
        else:
            update = "SET request_id = :request_id REMOVE disabled_reason, failing_since, failed_last"
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=items.webhook_key(customer_id, webhook_id),
                UpdateExpression=update,
                ConditionExpression="attribute_exists(id)",
                ExpressionAttributeValues=values,
                ReturnValues="ALL_NEW",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            raise NotFoundError(webhook_id) from None
        return items.webhook(answer["Attributes"])

    def delete(self, customer_id: str, webhook_id: str) -> Webhook:
        """Delete a webhook, and return what it was: what waits for it is not delivered. Raises NotFoundError."""
        webhook = self.get(customer_id, webhook_id)
        self._client.delete_item(TableName=self._table, Key=items.webhook_key(customer_id, webhook_id))
        return webhook
