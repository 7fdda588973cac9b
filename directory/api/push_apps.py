"""Push apps: the credentials by which edges wake a customer's apps, as the API keeps them.

A private key is encrypted before it is stored (`directory.push_keys`), and no call gives it back.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from directory.api.ownership import owner_exists
from directory.api.transaction import ConditionFailedError, write_all
from directory.errors import NotFoundError, PushAppExistsError, TooManyPushAppsError
from directory.push_keys import KeySealer
from directory.schema import items, push_items, tables
from directory.schema.model import PushApp, PushService
from directory.schema.timestamps import timestamp
from directory.switches import SwitchBoard

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MOST: Final = 10


@dataclass(frozen=True, slots=True)
class NewPushApp:
    """An app that is to be stored; see PushApp. `private_key` is its private key, as PKCS #8 bytes."""

    service: PushService
    app: str
    number: str
    issuer: str
    key_id: str
    private_key: bytes = field(repr=False)


class PushApps:
    """The apps of all customers, at most ten each."""

    def __init__(self, client: DynamoDBClient, environment: Mapping[str, str]) -> None:
        self._client = client
        self._table = tables.PUSH_APPS.deployed_name(environment)
        self._customers = tables.CUSTOMERS.deployed_name(environment)
        self._board = SwitchBoard(client, environment)

    def create(self, customer_id: str, new: NewPushApp, sealer: KeySealer) -> PushApp:
        """Store a new app with its private key, encrypted.

        Raises NotFoundError when there is no such customer, and TooManyPushAppsError when it has ten. Raises
        PushAppExistsError when it has one of this service and name.
        """
        others = self.of_customer(customer_id)
        if any((other.service, other.app) == (new.service, new.app) for other in others):
            raise PushAppExistsError(customer_id)
        if len(others) >= MOST:
            raise TooManyPushAppsError(customer_id)
        app_id = str(uuid.uuid4())
        app = PushApp(
            customer_id,
            app_id,
            new.service,
            new.app,
            new.number,
            new.issuer,
            new.key_id,
            timestamp(),
            sealer.seal(customer_id, app_id, new.private_key),
        )
        try:
            write_all(
                self._client,
                [
                    owner_exists(self._customers, customer_id),
                    {"Put": {"TableName": self._table, "Item": push_items.push_app_item(app)}},
                ],
            )
        except ConditionFailedError:
            raise NotFoundError(customer_id) from None
        return app

    def of_customer(self, customer_id: str) -> list[PushApp]:
        """All apps of a customer, ordered by id."""
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="customer_id = :c",
            ExpressionAttributeValues={":c": items.text(customer_id)},
            ConsistentRead=True,
        )
        return [push_items.push_app(item) for item in answer["Items"]]

    def get(self, customer_id: str, app_id: str) -> PushApp:
        """One app. Raises NotFoundError."""
        key = push_items.push_app_key(customer_id, app_id)
        found = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
        if found is None:
            raise NotFoundError(app_id)
        return push_items.push_app(found)

    def delete(self, customer_id: str, app_id: str) -> PushApp:
        """Delete an app with its private key, and return what it was. Edges use it for another minute.

        Raises NotFoundError.
        """
        answer = self._client.delete_item(
            TableName=self._table, Key=push_items.push_app_key(customer_id, app_id), ReturnValues="ALL_OLD"
        )
        if "Attributes" not in answer:
            raise NotFoundError(app_id)
        return push_items.push_app(answer["Attributes"])

    def ask_for_test(self, customer_id: str, app_id: str, now: int) -> PushApp:
        """Ask the edges to test an app's credentials; one of them does. `now` is in seconds since the epoch.

        Raises NotFoundError, and ContentionError while too many tests wait.
        """
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=push_items.push_app_key(customer_id, app_id),
                UpdateExpression="SET test_status = :waiting, test_changed = :now, test_reason = :none",
                ConditionExpression="attribute_exists(id)",
                ExpressionAttributeValues={
                    ":waiting": items.text("waiting"),
                    ":now": items.number(now),
                    ":none": items.text(""),
                },
                ReturnValues="ALL_NEW",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            raise NotFoundError(app_id) from None
        self._board.ask_for_test("push_tests", f"{customer_id}/{app_id}")
        return push_items.push_app(answer["Attributes"])
