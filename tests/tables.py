"""The tables on an in-memory DynamoDB, as the directory describes them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from moto import mock_aws

from directory.client import dynamodb
from directory.schema import tables

ENVIRONMENT = {table.variable: f"test-{table.name}" for table in tables.ALL}


@contextmanager
def empty() -> Iterator[Any]:
    """A client of a DynamoDB that holds nothing but the empty tables that ENVIRONMENT names."""
    with mock_aws():
        client = _client()
        for table in tables.ALL:
            client.create_table(**definition(table))
        yield client


@cache
def _client() -> Any:
    """One client for all tests: making it takes longer than a test."""
    return dynamodb()


def definition(table: tables.Table) -> Any:
    """The arguments of CreateTable."""
    keys = [key for key in (table.partition_key, table.sort_key) if key]
    index_keys = [key for key in (table.index_partition_key, table.index_sort_key) if key]
    names = dict.fromkeys([*keys, *index_keys])
    found: dict[str, Any] = {
        "TableName": ENVIRONMENT[table.variable],
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": _schema(keys),
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in names],
    }
    if index_keys:
        found["GlobalSecondaryIndexes"] = [
            {
                "IndexName": table.index_name,
                "KeySchema": _schema(index_keys),
                "Projection": {"ProjectionType": "ALL"},
            }
        ]
    return found


def contents(client: Any, table: tables.Table) -> list[dict[str, Any]]:
    """All items of a table, in DynamoDB's wire form."""
    return list(client.scan(TableName=ENVIRONMENT[table.variable])["Items"])


def _schema(keys: list[str]) -> list[dict[str, str]]:
    return [{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)]
