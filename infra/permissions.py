"""Lists the only permissions of each function and of the edge: the DynamoDB actions behind its calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam

from directory.schema import tables
from directory.schema.tables import Table


@dataclass(frozen=True, slots=True)
class Permission:
    """The actions that a part may take on one table, and on the table's index.

    A transaction needs the action of each write in it, and ConditionCheckItem for a bare condition. A part may know a
    table without being allowed anything there.
    """

    table: Table
    actions: tuple[str, ...] = ()
    index_actions: tuple[str, ...] = ()


# Of calls that are carried out once: noting that one has begun, its answer, and forgetting one that failed.
_ONCE: Final = Permission(tables.IDEMPOTENCY, ("PutItem", "UpdateItem", "DeleteItem"))

# Of functions that show devices: one whose edge is down may be unreachable.
_EDGES_UP: Final = Permission(tables.EDGES, ("Query",))

# Of functions that log: the level is switched while they run.
_LOG_LEVEL: Final = Permission(tables.SWITCHES, ("GetItem",))

AUTHORIZER: Final = (
    Permission(tables.ACCESS_KEYS, ("GetItem",)),
    Permission(tables.CUSTOMERS),
    Permission(tables.USAGE, ("UpdateItem",)),
)

EXTENSIONS: Final = (
    Permission(tables.EXTENSIONS, ("GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem")),
    Permission(tables.ADDRESSES, ("GetItem", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem")),
    Permission(tables.DIRECT_HASHES, ("PutItem", "DeleteItem")),
    Permission(tables.CUSTOMERS, ("ConditionCheckItem",)),
    _EDGES_UP,
    _ONCE,
    _LOG_LEVEL,
)

# Only an extension's username is asked for, but its class knows the tables of all that belongs to one.
ATTEMPTS: Final = (
    Permission(tables.ATTEMPTS, ("Query",), index_actions=("Query",)),
    Permission(tables.EXTENSIONS, ("GetItem",)),
    Permission(tables.ADDRESSES),
    Permission(tables.DIRECT_HASHES),
    Permission(tables.CUSTOMERS),
    _LOG_LEVEL,
)

REGISTRATIONS: Final = (
    Permission(tables.EXTENSIONS, ("GetItem", "Query")),
    Permission(tables.ADDRESSES, ("GetItem", "BatchGetItem", "UpdateItem")),
    Permission(tables.DIRECT_HASHES),
    Permission(tables.CUSTOMERS),
    _EDGES_UP,
    _LOG_LEVEL,
)

# A test is asked for through the switches, as of push apps. Beside the usage it is noted that one is under way.
WAKE_UPS: Final = (
    Permission(tables.WAKE_UPS, ("Query",)),
    Permission(tables.EXTENSIONS, ("GetItem",)),
    Permission(tables.ADDRESSES, ("GetItem",)),
    Permission(tables.DIRECT_HASHES),
    Permission(tables.CUSTOMERS),
    Permission(tables.SWITCHES, ("GetItem", "UpdateItem")),
    Permission(tables.USAGE, ("UpdateItem",)),
    _ONCE,
)

# As of attempts, only the username of an extension is asked for.
TRACES: Final = (
    Permission(tables.TRACES, ("Query",)),
    Permission(tables.SWITCHES, ("GetItem", "UpdateItem")),
    Permission(tables.EXTENSIONS, ("GetItem",)),
    Permission(tables.ADDRESSES),
    Permission(tables.DIRECT_HASHES),
    Permission(tables.CUSTOMERS),
)

ACCESS_KEYS: Final = (
    Permission(tables.ACCESS_KEYS, ("PutItem", "DeleteItem"), index_actions=("Query",)),
    Permission(tables.CUSTOMERS, ("ConditionCheckItem",)),
    _ONCE,
    _LOG_LEVEL,
)

CUSTOMERS: Final = (
    Permission(tables.CUSTOMERS, ("GetItem", "Scan", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem")),
    Permission(tables.ACCESS_KEYS, ("PutItem", "DeleteItem"), index_actions=("Query",)),
    Permission(tables.EXTENSIONS, ("Query",)),
    Permission(tables.PUSH_APPS, ("Query", "DeleteItem")),
    _ONCE,
    _LOG_LEVEL,
)

EDGES: Final = (Permission(tables.SWITCHES, ("GetItem", "UpdateItem")),)

# It reads the streams of these tables, and not the tables.
EVENTS: Final = (
    *(Permission(table) for table in tables.ALL if table.streamed),
    Permission(tables.WEBHOOKS, ("Query",)),
    Permission(tables.CUSTOMERS),
    _LOG_LEVEL,
)

# It reads a webhook with the write that leases a place there, and others of a customer whose webhook is disabled.
DELIVERIES: Final = (
    Permission(tables.WEBHOOKS, ("Query", "UpdateItem")),
    Permission(tables.CUSTOMERS),
    _LOG_LEVEL,
)

WEBHOOKS: Final = (
    Permission(tables.WEBHOOKS, ("GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem")),
    Permission(tables.CUSTOMERS, ("ConditionCheckItem",)),
    _ONCE,
    _LOG_LEVEL,
)

# A test is asked for through the switches, which edges look at all the time.
PUSH_APPS: Final = (
    Permission(tables.PUSH_APPS, ("GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem")),
    Permission(tables.CUSTOMERS, ("ConditionCheckItem",)),
    Permission(tables.SWITCHES, ("GetItem", "UpdateItem")),
    _ONCE,
)

SIP_EDGE: Final = (
    Permission(tables.ADDRESSES, ("BatchGetItem", "PartiQLUpdate")),
    Permission(tables.DIRECT_HASHES, ("BatchGetItem",)),
    Permission(tables.ATTEMPTS, ("BatchWriteItem",)),
    Permission(tables.TRACES, ("BatchWriteItem",)),
    Permission(tables.WAKE_UPS, ("BatchWriteItem",)),
    Permission(tables.CUSTOMERS, ("BatchGetItem",)),
    Permission(tables.SWITCHES, ("GetItem", "UpdateItem")),
    Permission(tables.EDGES, ("PutItem", "Query", "DeleteItem")),
    Permission(tables.PUSH_APPS, ("Query", "UpdateItem")),
    Permission(tables.REFRESH_PUSHES, ("BatchWriteItem", "Query")),
)
# Of an edge whose calls are events.
CALL_EVENTS: Final = Permission(tables.CALLS, ("BatchWriteItem",))


def allow(
    grantee: iam.IGrantable, permitted: Sequence[Permission], deployed: Mapping[Table, dynamodb.ITableV2]
) -> None:
    """Give a function or a task what is permitted to it, on the deployed tables."""
    for permission in permitted:
        table_arn = deployed[permission.table].table_arn
        _allow(grantee, permission.actions, table_arn)
        _allow(grantee, permission.index_actions, f"{table_arn}/index/{permission.table.index_name}")


def _allow(grantee: iam.IGrantable, actions: Sequence[str], resource: str) -> None:
    if actions:
        grantee.grant_principal.add_to_principal_policy(
            iam.PolicyStatement(actions=[f"dynamodb:{action}" for action in actions], resources=[resource])
        )
