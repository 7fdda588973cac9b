"""Turns changes of an extension into the writes of one transaction."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from directory.api.ownership import owner_exists
from directory.errors import NoDirectHashError
from directory.schema import credentials, items, tables
from directory.schema.model import Address, Extension
from directory.schema.request import current_request
from directory.schema.timestamps import timestamp

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef


@dataclass(frozen=True, slots=True)
class NewExtension:
    """The values that a new extension is made of."""

    name: str
    detail: str
    username: str
    password: str = field(repr=False)
    max_devices: int = 1
    direct: bool = False


@dataclass(frozen=True, slots=True)
class Changes:
    """The values to change. A None stays as it is. `direct_regenerate` replaces an existing direct hash.

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


class ExtensionWrites:
    """Makes the writes; `realm` is the digest realm that passwords are bound to."""

    def __init__(self, environment: Mapping[str, str], realm: str) -> None:
        self._realm = realm
        self._extensions = tables.EXTENSIONS.deployed_name(environment)
        self._addresses = tables.ADDRESSES.deployed_name(environment)
        self._hashes = tables.DIRECT_HASHES.deployed_name(environment)
        self._customers = tables.CUSTOMERS.deployed_name(environment)

    def creation(self, extension: Extension, address: Address) -> list[TransactWriteItemTypeDef]:
        """The first has the condition that there is the customer, the second that the username is free."""
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

    def update(self, before: Extension, changes: Changes, exactly: bool) -> list[TransactWriteItemTypeDef]:
        """Only what changes is set, so that two updates of different fields never undo each other.

        With `exactly` the extension must be in the very revision that was read. Raises NoDirectHashError when a hash is
        to be replaced and there is none.
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
                    "Key": extension_key(before.customer_id, before.id),
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
        """Returns the update of the address. Its new version makes every edge drop the one that it remembers."""
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

    def deletion(self, extension: Extension, exactly: bool) -> list[TransactWriteItemTypeDef]:
        """All that belongs to it. `exactly` as for an update."""
        condition, values = _unchanged(extension, exactly)
        writes: list[TransactWriteItemTypeDef] = [
            {
                "Delete": {
                    "TableName": self._extensions,
                    "Key": extension_key(extension.customer_id, extension.id),
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


def extension_key(customer_id: str, extension_id: str) -> dict[str, dict[str, str]]:
    """The key of an extension's item."""
    return {"customer_id": items.text(customer_id), "id": items.text(extension_id)}
