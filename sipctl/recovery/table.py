"""Restores one table: into a table beside the deployed one, whose content then becomes that of the deployed one."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any, Final

from sipctl.failure import FailedError

# BatchWriteItem takes no more.
_BATCH: Final = 25
_POLL_S: Final = 2
_LONGEST_PAUSE_S: Final = 10.0

Item = dict[str, Any]
Source = str | datetime
"""A backup's ARN, the name of a restored table, or the time to which the deployed table goes back."""


class TableRestore:
    """One table's restore. All of it may be done again after it was interrupted.

    `client` speaks to DynamoDB; `table` is the deployed name.
    """

    def __init__(self, client: Any, table: str, source: Source) -> None:
        self._client = client
        self._table = table
        self._source = source
        self._is_a_table = isinstance(source, str) and not source.startswith("arn:")
        digest = hashlib.sha256(str(source).encode()).hexdigest()[:8]
        # Its name tells the source, so that an interrupted restore finds what it has made.
        self._restored = str(source) if self._is_a_table else f"{table[:230]}-restored-{digest}"

    @property
    def is_empty(self) -> bool:
        """Whether the deployed table has no item that would be replaced."""
        return not self._client.scan(TableName=self._table, Limit=1)["Items"]

    def begin(self) -> None:
        """Lets DynamoDB restore, which takes minutes to hours. Raises FailedError when there is no such source."""
        exists = self._client.exceptions
        try:
            if self._is_a_table:
                self._client.describe_table(TableName=self._restored)
            elif not self._is_there():
                self._restore()
        except (exists.BackupNotFoundException, exists.ResourceNotFoundException, exists.TableNotFoundException):
            raise FailedError({"code": "no_backup", "detail": f"{self._table}: its backup is not there."}) from None
        except (exists.InvalidRestoreTimeException, exists.PointInTimeRecoveryUnavailableException):
            detail = f"{self._table}: there is no recovery to that time, only to the last 35 days but five minutes."
            raise FailedError({"code": "no_backup", "detail": detail}) from None

    def finish(self, changed: Callable[[Item], Item] = lambda item: item) -> tuple[int, int]:
        """Waits for DynamoDB, copies, and returns how many items were written and how many removed.

        `changed` returns the item to write for a restored one, with the same key.
        """
        while self._client.describe_table(TableName=self._restored)["Table"]["TableStatus"] != "ACTIVE":
            time.sleep(_POLL_S)
        schema = self._client.describe_table(TableName=self._table)["Table"]["KeySchema"]
        names = [key["AttributeName"] for key in schema]
        kept = set()

        def puts() -> Iterator[Item]:
            for item in self._items(self._restored):
                kept.add(_identity(item, names))
                yield {"PutRequest": {"Item": changed(item)}}

        def deletions() -> Iterator[Item]:
            for item in self._items(self._table):
                if _identity(item, names) not in kept:
                    yield {"DeleteRequest": {"Key": {name: item[name] for name in names}}}

        return self._write(puts()), self._write(deletions())

    def clean_up(self) -> None:
        """Deletes the table that DynamoDB has restored to."""
        if not self._is_a_table:
            self._client.delete_table(TableName=self._restored)

    def _restore(self) -> None:
        target: dict[str, Any] = {
            "TargetTableName": self._restored,
            "BillingModeOverride": "PAY_PER_REQUEST",
            # Only its items are read; without indexes DynamoDB is ready sooner.
            "GlobalSecondaryIndexOverride": [],
        }
        if isinstance(self._source, datetime):
            self._client.restore_table_to_point_in_time(
                SourceTableName=self._table, RestoreDateTime=self._source, **target
            )
        else:
            self._client.restore_table_from_backup(BackupArn=self._source, **target)

    def _is_there(self) -> bool:
        try:
            self._client.describe_table(TableName=self._restored)
        except self._client.exceptions.ResourceNotFoundException:
            return False
        return True

    def _items(self, table: str) -> Iterator[Item]:
        for page in self._client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
            yield from page["Items"]

    def _write(self, requests: Iterator[Item]) -> int:
        written = 0
        while batch := list(islice(requests, _BATCH)):
            written += len(batch)
            pause_s = 0.05
            while batch:
                answer = self._client.batch_write_item(RequestItems={self._table: batch})
                # DynamoDB leaves out what it throttles (Amazon DynamoDB API Reference, BatchWriteItem).
                batch = answer.get("UnprocessedItems", {}).get(self._table, [])
                if batch:
                    time.sleep(pause_s)
                    pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
        return written


def _identity(item: Item, names: Iterable[str]) -> str:
    return json.dumps([item[name] for name in names])
