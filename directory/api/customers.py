"""Customers: the owners of extensions, made by the operator."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from directory.api.access_keys import AccessKeys
from directory.api.push_apps import PushApps
from directory.errors import ContentionError, CustomerNotEmptyError, NotFoundError
from directory.schema import credentials, items, tables
from directory.schema.model import Customer
from directory.schema.timestamps import timestamp

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import ScanInputTypeDef

_ATTEMPTS = 5


class Customers:
    """The customers of the service."""

    def __init__(self, client: DynamoDBClient, environment: Mapping[str, str]) -> None:
        self._client = client
        self._access_keys = AccessKeys(client, environment)
        self._push_apps = PushApps(client, environment)
        self._customers = tables.CUSTOMERS.deployed_name(environment)
        self._extensions = tables.EXTENSIONS.deployed_name(environment)

    def create(self, name: str) -> Customer:
        """Store a new customer under a fresh id. Raises ContentionError when no free id was found."""
        for _ in range(_ATTEMPTS):
            customer = Customer(credentials.new_customer_id(), name, timestamp())
            try:
                self._client.put_item(
                    TableName=self._customers,
                    Item=items.customer_item(customer),
                    ConditionExpression="attribute_not_exists(customer_id)",
                )
            except self._client.exceptions.ConditionalCheckFailedException:
                continue
            return customer
        raise ContentionError("no free customer id was found")

    def get(self, customer_id: str) -> Customer:
        """One customer. Raises NotFoundError."""
        found = self._client.get_item(
            TableName=self._customers, Key={"customer_id": items.text(customer_id)}, ConsistentRead=True
        ).get("Item")
        if found is None:
            raise NotFoundError(customer_id)
        return items.customer(found)

    def page(self, limit: int, after_id: str | None = None) -> tuple[list[Customer], str | None]:
        """Up to `limit` customers behind `after_id`, in the table's own order, and the id to go on after."""
        scan: ScanInputTypeDef = {"TableName": self._customers, "Limit": limit}
        if after_id is not None:
            scan["ExclusiveStartKey"] = {"customer_id": items.text(after_id)}
        answer = self._client.scan(**scan)
        last = answer.get("LastEvaluatedKey")
        return [items.customer(item) for item in answer["Items"]], last["customer_id"]["S"] if last else None

    def delete(self, customer_id: str) -> Customer:
        """Delete a customer with its access keys and its push apps, and return what it was.

        Raises NotFoundError, and CustomerNotEmptyError while it still has extensions.
        """
        customer = self.get(customer_id)
        self._close(customer_id)
        if self._has_extensions(customer_id):
            self._reopen(customer_id)
            raise CustomerNotEmptyError(customer_id)
        for key in self._access_keys.of_customer(customer_id):
            with suppress(NotFoundError):
                self._access_keys.delete(customer_id, key.id)
        for app in self._push_apps.of_customer(customer_id):
            with suppress(NotFoundError):
                self._push_apps.delete(customer_id, app.id)
        self._client.delete_item(TableName=self._customers, Key={"customer_id": items.text(customer_id)})
        return customer

    def _close(self, customer_id: str) -> None:
        """Let nothing new be made for the customer: what is made between a look and a deletion would be orphaned."""
        try:
            self._client.update_item(
                TableName=self._customers,
                Key={"customer_id": items.text(customer_id)},
                UpdateExpression="SET closing = :yes, request_id = :request_id",
                ConditionExpression="attribute_exists(customer_id)",
                ExpressionAttributeValues={":yes": {"BOOL": True}, ":request_id": items.current_request_id()},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            raise NotFoundError(customer_id) from None

    def _reopen(self, customer_id: str) -> None:
        self._client.update_item(
            TableName=self._customers,
            Key={"customer_id": items.text(customer_id)},
            UpdateExpression="REMOVE closing",
            ConditionExpression="attribute_exists(customer_id)",
        )

    def _has_extensions(self, customer_id: str) -> bool:
        found = self._client.query(
            TableName=self._extensions,
            KeyConditionExpression="customer_id = :c",
            ExpressionAttributeValues={":c": items.text(customer_id)},
            Limit=1,
            ConsistentRead=True,
        )
        return bool(found["Items"])
