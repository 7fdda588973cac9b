"""Webhooks: where customers want to be told of events."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from directory import items, tables
from directory.clock import timestamp
from directory.errors import NotFoundError, TooManyWebhooksError
from directory.model import Webhook
from directory.ownership import owner_exists
from directory.transaction import ConditionFailedError, write_all

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MOST: Final = 10


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
        key = {"customer_id": items.text(customer_id), "id": items.text(webhook_id)}
        found = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
        if found is None:
            raise NotFoundError(webhook_id)
        return items.webhook(found)

    def delete(self, customer_id: str, webhook_id: str) -> Webhook:
        """Delete a webhook, and return what it was: what waits for it is not delivered. Raises NotFoundError."""
        webhook = self.get(customer_id, webhook_id)
        key = {"customer_id": items.text(customer_id), "id": items.text(webhook_id)}
        self._client.delete_item(TableName=self._table, Key=key)
        return webhook
