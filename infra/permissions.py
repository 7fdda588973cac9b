"""What each function may do, and nothing else: the DynamoDB actions that its calls into the directory come down to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from directory import tables
from directory.tables import Table


@dataclass(frozen=True, slots=True)
class Permission:
    """What a function may do with one table, and with the table's index.

    A transaction needs the action of each write in it, and ConditionCheckItem for a bare condition. A function may
    know a table without being allowed anything there.
    """

    table: Table
    actions: tuple[str, ...] = ()
    index_actions: tuple[str, ...] = ()


# Of calls that are carried out once: noting that one has begun, its answer, and forgetting one that failed.
_ONCE: Final = Permission(tables.IDEMPOTENCY, ("PutItem", "UpdateItem", "DeleteItem"))

AUTHORIZER: Final = (Permission(tables.ACCESS_KEYS, ("GetItem",)), Permission(tables.CUSTOMERS))

EXTENSIONS: Final = (
    Permission(tables.EXTENSIONS, ("GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem")),
    Permission(tables.ADDRESSES, ("GetItem", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem")),
    Permission(tables.DIRECT_HASHES, ("PutItem", "DeleteItem")),
    Permission(tables.CUSTOMERS, ("ConditionCheckItem",)),
    _ONCE,
)

# Only an extension's username is asked for, but its class knows the tables of all that belongs to one.
ATTEMPTS: Final = (
    Permission(tables.ATTEMPTS, ("Query",), index_actions=("Query",)),
    Permission(tables.EXTENSIONS, ("GetItem",)),
    Permission(tables.ADDRESSES),
    Permission(tables.DIRECT_HASHES),
    Permission(tables.CUSTOMERS),
)

ACCESS_KEYS: Final = (
    Permission(tables.ACCESS_KEYS, ("PutItem", "DeleteItem"), index_actions=("Query",)),
    Permission(tables.CUSTOMERS, ("ConditionCheckItem",)),
    _ONCE,
)

CUSTOMERS: Final = (
    Permission(tables.CUSTOMERS, ("GetItem", "Scan", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem")),
    Permission(tables.ACCESS_KEYS, ("PutItem", "DeleteItem"), index_actions=("Query",)),
    Permission(tables.EXTENSIONS, ("Query",)),
    _ONCE,
)

EDGES: Final = (Permission(tables.SWITCHES, ("GetItem", "UpdateItem")),)
