"""The rows, and what operations on them cost on DynamoDB."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import Any, Final

from bench.places import CUSTOMER, REALM, direct_hash, password, username
from directory.schema import items, tables
from directory.schema.credentials import ha1
from directory.schema.model import Address, aor

_WRITE_UNIT_BYTES: Final = 1024
_READ_UNIT_BYTES: Final = 4096
_UPDATE: Final = re.compile(r'UPDATE "([^"]+)" ((?:SET \w+=\? )+)WHERE (\w+)=\? AND (\w+)=\?')
Item = dict[str, dict[str, str]]


class Tables:
    """All tables, with `users` extensions in them. `counts` has calls, items and capacity units."""

    def __init__(self, users: int) -> None:
        self.counts: Counter[str] = Counter()
        self._users = users
        self._rows: dict[tuple[str, str], Item] = {}
        self._roster: dict[str, Item] = {}
        self._push_apps: list[Item] = []

    def answer(self, operation: str, request: Any) -> Any:
        """The answer to a call. Raises KeyError for a call that no edge makes."""
        self.counts[f"calls_{operation}"] += 1
        if operation == "BatchGetItem":
            return {"Responses": self._read(request["RequestItems"]), "UnprocessedKeys": {}}
        if operation == "BatchExecuteStatement":
            return {"Responses": [self._update(statement) for statement in request["Statements"]]}
        if operation == "BatchWriteItem":
            return {"UnprocessedItems": {}}
        if operation == "GetItem":
            return {}  # nothing is switched
        if operation == "Decrypt":
            return {"Plaintext": request["CiphertextBlob"]}  # as KMS, of keys that are not encrypted
        if request["TableName"] == tables.PUSH_APPS.name:
            return self._know_apps(operation, request)
        return self._call_the_roll(operation, request)

    def _know_apps(self, operation: str, request: Any) -> Any:
        """The apps of the only customer."""
        if operation == "PutItem":
            self._push_apps.append(request["Item"])
            return {}
        return {"Items": self._push_apps}

    def _call_the_roll(self, operation: str, request: Any) -> Any:
        if operation == "PutItem":
            self._roster[request["Item"]["edge"]["S"]] = request["Item"]
            return {}
        if operation == "DeleteItem":
            self._roster.pop(request["Key"]["edge"]["S"], None)
            return {}
        if operation == "Query":
            return {"Items": list(self._roster.values())}
        raise KeyError(operation)

    def _read(self, wanted: Any) -> dict[str, list[Item]]:
        found: dict[str, list[Item]] = {}
        for table, request in wanted.items():
            rows = []
            for key in request["Keys"]:
                ((name, value),) = key.items()
                row = self._row(table, name, value["S"])
                units = max(1, -(-_size(row) // _READ_UNIT_BYTES)) if row else 1
                self.counts["read_units"] += units if request.get("ConsistentRead") else units / 2  # type: ignore[assignment]
                if row:
                    rows.append(row)
            found[table] = rows
        return found

    def _update(self, statement: Any) -> dict[str, Any]:
        table, columns, key_name, condition = _parsed(statement["Statement"])
        *values, key, expected = statement["Parameters"]
        row = self._row(table, key_name, key["S"])
        self.counts["writes"] += 1
        if row is None or row[condition] != expected:
            self.counts["write_units"] += 1
            return {"Error": {"Code": "ConditionalCheckFailed", **({"Item": row} if row else {})}}
        row.update(zip(columns, values, strict=True))
        self.counts["write_units"] += -(-_size(row) // _WRITE_UNIT_BYTES)
        return {"TableName": table}

    def _row(self, table: str, name: str, key: str) -> Item | None:
        row = self._rows.get((table, key))
        if row is None:
            row = self._first(name, key)
            if row:
                self._rows[table, key] = row
        return row

    def _first(self, name: str, key: str) -> Item | None:
        """A row as the API has made it."""
        if name == "hash":
            number = int(key, 16)
            return (
                items.direct_hash_item(direct_hash(number), aor(username(number), CUSTOMER))
                if number < self._users
                else None
            )
        if name == "aor":
            digits = key.partition("@")[0].removeprefix("u")
            if digits.isdigit() and int(digits) < self._users:
                number = int(digits)
                stored = ha1(username(number), REALM, password(number))
                return items.address_item(Address(key, f"id-{number}", stored, 1, 1))
        return None


@lru_cache
def _parsed(statement: str) -> tuple[str, list[str], str, str]:
    match = _UPDATE.fullmatch(statement)
    if not match:
        raise KeyError(statement)
    table, sets, key, condition = match.groups()
    return table, re.findall(r"SET (\w+)=", sets), key, condition


def _size(row: Item) -> int:
    """The size by which DynamoDB reckons: names and values, a number about one byte for two digits."""
    return sum(
        len(name) + (len(text.encode()) if kind == "S" else len(text) // 2 + 2)
        for name, value in row.items()
        for kind, text in value.items()
    )
