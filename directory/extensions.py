"""Extensions: the resource, its address and its direct hash, always changed together."""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from directory import credentials, items, tables
from directory.clock import timestamp
from directory.errors import (
    ChangedMeanwhileError,
    ContentionError,
    NoDirectHashError,
    NotFoundError,
    UsernameTakenError,
)
from directory.model import Address, Extension, ListedExtension, aor
from directory.ownership import owner_exists
from directory.request import current_request
from directory.transaction import ConditionFailedError, write_all

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import KeysAndAttributesTypeDef, QueryInputTypeDef, TransactWriteItemTypeDef

_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class NewExtension:
    """What a new extension is made of."""

    name: str
    detail: str
    username: str
    password: str = field(repr=False)
    max_devices: int = 1
    direct: bool = False


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to change; what is None stays. `direct_regenerate` replaces an existing direct hash.

    With a new password, the one before holds for `password_overlap` more seconds. Disabling removes all devices.
    """

    name: str | None = None
    detail: str | None = None
    password: str | None = field(default=None, repr=False)
    password_overlap: int = 0
    enabled: bool | None = None
    max_devices: int | None = None
    direct: bool | None = None
    direct_regenerate: bool = False


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
        self._extensions = tables.EXTENSIONS.deployed_name(environment)
        self._addresses = tables.ADDRESSES.deployed_name(environment)
        self._hashes = tables.DIRECT_HASHES.deployed_name(environment)
        self._customers = tables.CUSTOMERS.deployed_name(environment)

    def create(self, customer_id: str, new: NewExtension) -> ListedExtension:
        """Store a new extension.

        Raises UsernameTakenError when the customer has that username, NotFoundError when there is no such customer,
        ContentionError when others kept changing the same items.
        """
        now = timestamp()
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
            )
            address = Address(
                aor=extension.aor,
                extension_id=extension.id,
                ha1=credentials.ha1(new.username, self._realm, new.password),
                max_devices=new.max_devices,
                version=_first_version(),
            )
            try:
                write_all(self._client, self._creation(extension, address))
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
            TableName=self._extensions, Key=_key(customer_id, extension_id), ConsistentRead=True
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
            query["ExclusiveStartKey"] = _key(customer_id, after_id)
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

        Raises NotFoundError, ChangedMeanwhileError when it is in another revision, NoDirectHashError when a hash is to
        be replaced and there is none, ContentionError when others kept changing the same extension.
        """
        for _ in range(_ATTEMPTS):
            extension = self.get_alone(customer_id, extension_id)
            _check_revision(extension, seen)
            try:
                write_all(self._client, self._update(extension, changes, exactly=seen is not None))
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
                write_all(self._client, self._deletion(found.extension, exactly=seen is not None))
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

    def _creation(self, extension: Extension, address: Address) -> list[TransactWriteItemTypeDef]:
        writes: list[TransactWriteItemTypeDef] = [
            owner_exists(self._customers, extension.customer_id),
            {
                "Put": {
                    "TableName": self._addresses,
                    "Item": items.address_item(address),
                    "ConditionExpression": "attribute_not_exists(aor)",
                }
            },
            {"Put": {"TableName": self._extensions, "Item": items.extension_item(extension)}},
        ]
        if extension.direct_hash:
            writes.append(self._hash_creation(extension.direct_hash, extension.aor))
        return writes

    def _update(self, before: Extension, changes: Changes, exactly: bool) -> list[TransactWriteItemTypeDef]:
        """Only what changes is set, so that two updates of different fields never undo each other.

        With `exactly` the extension must be in the very revision that was read.
        """
        condition, values = _unchanged(before, exactly)
        direct_hash = _next_hash(before.direct_hash, changes)
        fields = {"tm_update": timestamp(), "request_id": current_request()}
        if changes.name is not None:
            fields["name"] = changes.name
        if changes.detail is not None:
            fields["detail"] = changes.detail
        if direct_hash != before.direct_hash:
            fields["direct_hash"] = direct_hash
        writes: list[TransactWriteItemTypeDef] = [
            {
                "Update": {
                    "TableName": self._extensions,
                    "Key": _key(before.customer_id, before.id),
                    "UpdateExpression": f"SET {', '.join(f'#{name} = :{name}' for name in fields)} ADD revision :one",
                    "ConditionExpression": condition,
                    "ExpressionAttributeNames": {f"#{name}": name for name in fields},
                    "ExpressionAttributeValues": {
                        **{f":{name}": items.text(value) for name, value in fields.items()},
                        ":one": items.number(1),
                        **values,
                    },
                }
            }
        ]
        if (changes.password, changes.max_devices, changes.enabled) != (None, None, None):
            writes.append(self._address_update(before, changes))
        if direct_hash != before.direct_hash:
            if before.direct_hash:
                writes.append(self._hash_deletion(before.direct_hash))
            if direct_hash:
                writes.append(self._hash_creation(direct_hash, before.aor))
        return writes

    def _address_update(self, extension: Extension, changes: Changes) -> TransactWriteItemTypeDef:
        """What the edges have to know; the new version makes every edge drop what it remembers."""
        update = _AddressUpdate()
        if changes.password is not None:
            ha1 = credentials.ha1(extension.username, self._realm, changes.password)
            update.change_password(ha1, changes.password_overlap)
        if changes.max_devices is not None:
            update.set("max_devices", items.number(changes.max_devices))
        if changes.enabled is True:
            update.remove("disabled")
        if changes.enabled is False:
            update.set("disabled", {"BOOL": True})
            update.set("bindings", items.text(items.bindings_text(())))
        return {
            "Update": {
                "TableName": self._addresses,
                "Key": {"aor": items.text(extension.aor)},
                "UpdateExpression": update.expression,
                "ConditionExpression": "extension_id = :id",
                "ExpressionAttributeValues": {**update.values, ":id": items.text(extension.id)},
            }
        }

    def _deletion(self, extension: Extension, exactly: bool) -> list[TransactWriteItemTypeDef]:
        condition, values = _unchanged(extension, exactly)
        writes: list[TransactWriteItemTypeDef] = [
            {
                "Delete": {
                    "TableName": self._extensions,
                    "Key": _key(extension.customer_id, extension.id),
                    "ConditionExpression": condition,
                    "ExpressionAttributeValues": values,
                }
            },
            {"Delete": {"TableName": self._addresses, "Key": {"aor": items.text(extension.aor)}}},
        ]
        if extension.direct_hash:
            writes.append(self._hash_deletion(extension.direct_hash))
        return writes

    def _hash_creation(self, direct_hash: str, aor: str) -> TransactWriteItemTypeDef:
        return {
            "Put": {
                "TableName": self._hashes,
                "Item": items.direct_hash_item(direct_hash, aor),
                "ConditionExpression": "attribute_not_exists(#hash)",
                "ExpressionAttributeNames": {"#hash": "hash"},
            }
        }

    def _hash_deletion(self, direct_hash: str) -> TransactWriteItemTypeDef:
        return {"Delete": {"TableName": self._hashes, "Key": {"hash": items.text(direct_hash)}}}


class _AddressUpdate:
    """The update expression of an address, and its values. It always makes a new version."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {":one": items.number(1)}
        self._set: list[str] = []
        self._add = ["version :one"]
        self._remove: list[str] = []
        self.set("request_id", items.current_request_id())

    def set(self, name: str, value: Mapping[str, Any]) -> None:
        self._set.append(f"{name} = :{name}")
        self.values[f":{name}"] = value

    def remove(self, *names: str) -> None:
        self._remove += names

    def change_password(self, ha1: str, overlap: int) -> None:
        """The one that is stored becomes the one before, or is forgotten when there is no overlap."""
        self._add.append("password_number :one")
        if overlap:
            self._set.append("ha1_before = ha1")
            self.set("ha1_before_until", items.number(int(time.time()) + overlap))
        else:
            self.remove("ha1_before", "ha1_before_until")
        self.set("ha1", items.text(ha1))

    @property
    def expression(self) -> str:
        """All of it."""
        clauses = {"SET": self._set, "ADD": self._add, "REMOVE": self._remove}
        return " ".join(f"{verb} {', '.join(parts)}" for verb, parts in clauses.items() if parts)


def _check_revision(extension: Extension, seen: Collection[int] | None) -> None:
    if seen is not None and extension.revision not in seen:
        raise ChangedMeanwhileError(extension.id)


def _unchanged(extension: Extension, exactly: bool) -> tuple[str, dict[str, dict[str, str]]]:
    """The condition, and its values, that an extension still has the hash, or is the revision, that was read."""
    condition, values = "direct_hash = :seen_hash", {":seen_hash": items.text(extension.direct_hash)}
    if not exactly:
        return condition, values
    if not extension.revision:
        return f"{condition} AND attribute_not_exists(revision)", values
    return f"{condition} AND revision = :revision", {**values, ":revision": items.number(extension.revision)}


def _next_hash(current: str, changes: Changes) -> str:
    if changes.direct is False:
        return ""
    if changes.direct_regenerate:
        if not current and changes.direct is None:
            raise NoDirectHashError
        return credentials.new_direct_hash()
    if changes.direct and not current:
        return credentials.new_direct_hash()
    return current


def _key(customer_id: str, extension_id: str) -> dict[str, dict[str, str]]:
    return {"customer_id": items.text(customer_id), "id": items.text(extension_id)}


def _first_version() -> int:
    """A version that no earlier address of the same name had: an edge may still remember a deleted one."""
    return time.time_ns() // 1000
