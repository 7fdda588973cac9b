"""Access keys: who may call the API for a customer."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING

from directory.api.ownership import owner_exists
from directory.api.transaction import ConditionFailedError, write_all
from directory.errors import NotFoundError
from directory.schema import credentials, items, tables
from directory.schema.model import AccessKey
from directory.schema.timestamps import timestamp

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryInputTypeDef


class AccessKeys:
    """The access keys of all customers, found by the hash of their token."""

    def __init__(self, client: DynamoDBClient, environment: Mapping[str, str]) -> None:
        self._client = client
        self._table = tables.ACCESS_KEYS.deployed_name(environment)
        self._customers = tables.CUSTOMERS.deployed_name(environment)

    def create(self, customer_id: str, name: str, expires: int | None = None) -> tuple[AccessKey, str]:
        """Store a new key that ends at `expires` (seconds since the epoch, None for never).

        Returns the key and its token, which is kept nowhere. Raises NotFoundError when there is no such customer.
        """
        token = credentials.new_token()
        key = AccessKey(
            token_hash=credentials.token_hash(token),
            customer_id=customer_id,
            id=str(uuid.uuid4()),
            name=name,
            tm_create=timestamp(),
            expires=expires,
        )
        try:
            write_all(
                self._client,
                [
                    owner_exists(self._customers, customer_id),
                    {"Put": {"TableName": self._table, "Item": items.access_key_item(key)}},
                ],
            )
        except ConditionFailedError:
            raise NotFoundError(customer_id) from None
        return key, token

    def authenticate(self, token: str) -> AccessKey:
        """The key that a token opens. Raises NotFoundError when there is none or it has expired."""
        found = self._client.get_item(
            TableName=self._table, Key={"token_hash": items.text(credentials.token_hash(token))}, ConsistentRead=True
        ).get("Item")
        if found is None:
            raise NotFoundError
        key = items.access_key(found)
        if key.has_expired(time.time()):
            raise NotFoundError
        return key

    def page(self, customer_id: str, limit: int, after_id: str | None = None) -> tuple[list[AccessKey], str | None]:
        """Up to `limit` keys of a customer behind `after_id`, ordered by id, and the id to go on after.

        Those that have expired are left out. A fresh key may take a moment to be listed.
        """
        query: QueryInputTypeDef = {
            "TableName": self._table,
            "IndexName": tables.ACCESS_KEYS.index_name,
            "KeyConditionExpression": "customer_id = :c",
            "ExpressionAttributeValues": {":c": items.text(customer_id)},
            "Limit": limit,
        }
        if after_id is not None:
            query["KeyConditionExpression"] = "customer_id = :c AND id > :after"
            query["ExpressionAttributeValues"] = {":c": items.text(customer_id), ":after": items.text(after_id)}
        answer = self._client.query(**query)
        keys = [items.access_key(item) for item in answer["Items"]]
        last = answer.get("LastEvaluatedKey")
        now = time.time()
        return [key for key in keys if not key.has_expired(now)], last["id"]["S"] if last else None

    def of_customer(self, customer_id: str) -> list[AccessKey]:
        """All keys of a customer, those that have expired left out. A fresh key may take a moment to be listed."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            IndexName=tables.ACCESS_KEYS.index_name,
            KeyConditionExpression="customer_id = :c",
            ExpressionAttributeValues={":c": items.text(customer_id)},
        )
        keys = [items.access_key(item) for page in pages for item in page["Items"]]
        now = time.time()
        return [key for key in keys if not key.has_expired(now)]

    def get(self, customer_id: str, key_id: str) -> AccessKey:
        """One key of a customer. Raises NotFoundError. A fresh key may take a moment to be found."""
        answer = self._client.query(
            TableName=self._table,
            IndexName=tables.ACCESS_KEYS.index_name,
            KeyConditionExpression="customer_id = :c AND id = :id",
            ExpressionAttributeValues={":c": items.text(customer_id), ":id": items.text(key_id)},
        )
        keys = [items.access_key(item) for item in answer["Items"]]
        if not keys or keys[0].has_expired(time.time()):
            raise NotFoundError(key_id)
        return keys[0]

    def delete(self, customer_id: str, key_id: str) -> AccessKey:
        """Delete a key, and return what it was. Its token opens nothing from then on. Raises NotFoundError."""
        key = self.get(customer_id, key_id)
        self._client.delete_item(TableName=self._table, Key={"token_hash": items.text(key.token_hash)})
        return key
