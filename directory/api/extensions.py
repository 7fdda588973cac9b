"""Extensions: the resource, its address and its direct hash, always changed together."""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from directory.api.extension_writes import Changes, ExtensionWrites, NewExtension, extension_key
from directory.api.transaction import ConditionFailedError, write_all
from directory.errors import (
    ChangedMeanwhileError,
    ContentionError,
    NotFoundError,
    UsernameTakenError,
)
from directory.schema import credentials, items, tables
from directory.schema.model import Address, Extension, ListedExtension, aor
from directory.schema.timestamps import timestamp

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import KeysAndAttributesTypeDef, QueryInputTypeDef

_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Page:
    """Some extensions of a customer, ordered by id, and the id to go on after (None at the end)."""

    extensions: list[ListedExtension]
    last_id: str | None


class Extensions:
    """The extensions of all customers. `realm` is the digest realm that passwords are bound to."""

    def __init__(self, client: DynamoDBClient, environment: Mapping[str, str], realm: str) -> None:
        self._client = client
        self._realm = realm
        self._writes = ExtensionWrites(environment, realm)
        self._extensions = tables.EXTENSIONS.deployed_name(environment)
        self._addresses = tables.ADDRESSES.deployed_name(environment)

    def create(self, customer_id: str, new: NewExtension) -> ListedExtension:
        """Store a new extension.

        Raises UsernameTakenError when the customer has that username, and NotFoundError when there is no such customer.
        Raises ContentionError when others kept changing the same items.
        """
        created_ms = time.time_ns() // 1_000_000
        now = timestamp(created_ms / 1000)
        for _ in range(_ATTEMPTS):
            extension = Extension(
                customer_id=customer_id,
                id=str(uuid.uuid4()),
                name=new.name,
                detail=new.detail,
                username=new.username,
                direct_hash=credentials.new_direct_hash() if new.direct else "",
                tm_create=now,
                tm_update=now,
                created_ms=created_ms,
            )
            address = Address(
                aor=extension.aor,
                extension_id=extension.id,
                ha1=credentials.ha1(new.username, self._realm, new.password),
                max_devices=new.max_devices,
                version=_first_version(),
            )
            try:
                write_all(self._client, self._writes.creation(extension, address))
            except ConditionFailedError as failed:
                if failed.position == 0:
                    raise NotFoundError("no such customer") from None
                if failed.position == 1:
                    raise UsernameTakenError(new.username) from None
                continue  # the direct hash, by rare chance, is another extension's: draw again
            return ListedExtension(extension, address)
        raise ContentionError("no free direct hash was found")

    def get_alone(self, customer_id: str, extension_id: str) -> Extension:
        """One extension without its address. Raises NotFoundError."""
        found = self._client.get_item(
            TableName=self._extensions, Key=extension_key(customer_id, extension_id), ConsistentRead=True
        ).get("Item")
        if found is None:
            raise NotFoundError(extension_id)
        return items.extension(found)

    def get(self, customer_id: str, extension_id: str) -> ListedExtension:
        """One extension with its address. Raises NotFoundError."""
        extension = self.get_alone(customer_id, extension_id)
        return ListedExtension(extension, self._read_address(extension.aor))

    def of_username(self, customer_id: str, username: str) -> ListedExtension:
        """The extension that has this username, with its address. Raises NotFoundError."""
        address = self._read_address(aor(username, customer_id))
        return ListedExtension(self.get_alone(customer_id, address.extension_id), address)

    def page(self, customer_id: str, limit: int, after_id: str | None = None) -> Page:
        """Up to `limit` (1..100) extensions of a customer, ordered by id, beginning behind `after_id`."""
        query: QueryInputTypeDef = {
            "TableName": self._extensions,
            "KeyConditionExpression": "customer_id = :c",
            "ExpressionAttributeValues": {":c": items.text(customer_id)},
            "Limit": limit,
            "ConsistentRead": True,
        }
        if after_id is not None:
            query["ExclusiveStartKey"] = extension_key(customer_id, after_id)
        answer = self._client.query(**query)
        extensions = [items.extension(item) for item in answer["Items"]]
        addresses = self._read_addresses([extension.aor for extension in extensions])
        last = answer.get("LastEvaluatedKey")
        return Page(
            # An address that is missing was deleted between the two reads, and its extension with it.
            [ListedExtension(e, addresses[e.aor]) for e in extensions if e.aor in addresses],
            last["id"]["S"] if last else None,
        )

    def update(
        self, customer_id: str, extension_id: str, changes: Changes, seen: Collection[int] | None = None
    ) -> ListedExtension:
        """Change an extension, in whatever state it is or only in one of the revisions `seen`.

        Raises NotFoundError, and ChangedMeanwhileError when it is in another revision. Raises NoDirectHashError when a
        hash is to be replaced and there is none. Raises ContentionError when others kept changing the same extension.
        """
        for _ in range(_ATTEMPTS):
            extension = self.get_alone(customer_id, extension_id)
            _check_revision(extension, seen)
            try:
                write_all(self._client, self._writes.update(extension, changes, exactly=seen is not None))
            except ConditionFailedError:
                continue  # deleted, or its hash changed, since it was read: look again
            return self.get(customer_id, extension_id)
        raise ContentionError("the extension kept changing")

    def delete(self, customer_id: str, extension_id: str, seen: Collection[int] | None = None) -> ListedExtension:
        """Delete an extension with its address, its devices and its hash, and return what it was.

        `seen` and errors are those of `update`.
        """
        for _ in range(_ATTEMPTS):
            found = self.get(customer_id, extension_id)
            _check_revision(found.extension, seen)
            try:
                write_all(self._client, self._writes.deletion(found.extension, exactly=seen is not None))
            except ConditionFailedError:
                continue
            return found
        raise ContentionError("the extension kept changing")

    def _read_address(self, aor: str) -> Address:
        found = self._client.get_item(TableName=self._addresses, Key={"aor": items.text(aor)}, ConsistentRead=True).get(
            "Item"
        )
        if found is None:
            raise NotFoundError(aor)
        return items.address(found)

    def _read_addresses(self, aors: list[str]) -> dict[str, Address]:
        found: dict[str, Address] = {}
        wanted: Mapping[str, KeysAndAttributesTypeDef] = {}
        if aors:
            wanted = {self._addresses: {"Keys": [{"aor": items.text(aor)} for aor in aors], "ConsistentRead": True}}
        while wanted:
            answer = self._client.batch_get_item(RequestItems=wanted)
            for item in answer["Responses"].get(self._addresses, []):
                address = items.address(item)
                found[address.aor] = address
            wanted = answer["UnprocessedKeys"]  # type: ignore[assignment]  # the same shape, typed as an output
        return found


def _check_revision(extension: Extension, seen: Collection[int] | None) -> None:
    if seen is not None and extension.revision not in seen:
        raise ChangedMeanwhileError(extension.id)


def _first_version() -> int:
    """A version that no earlier address of the same name had: an edge may still remember a deleted one."""
    return time.time_ns() // 1000
