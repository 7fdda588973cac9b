"""The restore of one table: exact, and complete also after it was interrupted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from directory.schema.tables import EXTENSIONS
from sipctl.failure import FailedError
from sipctl.recovery.table import TableRestore
from tests import tables

NAME = tables.ENVIRONMENT[EXTENSIONS.variable]
COUNT = 60


class Unreliable:
    """A client of DynamoDB that leaves out a part of each other batch, and whose connection fails at a batch."""

    def __init__(self, client: Any, fails_at: int = 0) -> None:
        self._client = client
        self._fails_at = fails_at
        self._batches = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def batch_write_item(self, **request: Any) -> Any:
        self._batches += 1
        if self._batches == self._fails_at:
            raise EndpointConnectionError(endpoint_url="https://dynamodb.test")
        ((table, requests),) = request["RequestItems"].items()
        left_out = requests[-3:] if self._batches % 2 and len(requests) > 3 else []
        done = requests[: len(requests) - len(left_out)]
        self._client.batch_write_item(RequestItems={table: done})
        return {"UnprocessedItems": {table: left_out} if left_out else {}}


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with tables.empty() as client:
        for number in range(COUNT):
            put(client, number, "saved")
        yield client


def put(client: Any, number: int, name: str) -> None:
    key = {"customer_id": {"S": f"customer{number % 7}"}, "id": {"S": str(number)}}
    client.put_item(TableName=NAME, Item={**key, "name": {"S": name}, "count": {"N": "10000000000000000000.5"}})


def content(client: Any) -> list[Any]:
    return sorted(tables.contents(client, EXTENSIONS), key=str)


def backup(client: Any) -> str:
    return str(client.create_backup(TableName=NAME, BackupName="b")["BackupDetails"]["BackupArn"])


def spoil(client: Any) -> None:
    """Change one item, delete one, and add one."""
    put(client, 3, "spoilt")
    client.delete_item(TableName=NAME, Key={"customer_id": {"S": "customer4"}, "id": {"S": "4"}})
    put(client, COUNT, "new")


def test_the_table_becomes_what_it_was(client: Any) -> None:
    saved, arn = content(client), backup(client)
    spoil(client)
    restore = TableRestore(Unreliable(client), NAME, arn)
    restore.begin()
    assert restore.finish() == (COUNT, 1)
    assert content(client) == saved
    restore.clean_up()
    assert not [name for name in client.list_tables()["TableNames"] if "restored" in name]


@pytest.mark.parametrize("fails_at", [1, 2, 4])
def test_an_interrupted_restore_is_completed_by_the_next(client: Any, fails_at: int) -> None:
    saved, arn = content(client), backup(client)
    spoil(client)
    interrupted = TableRestore(Unreliable(client, fails_at), NAME, arn)
    interrupted.begin()
    with pytest.raises(EndpointConnectionError):
        interrupted.finish()
    again = TableRestore(client, NAME, arn)
    again.begin()  # finds the table that was restored before
    again.finish()
    assert content(client) == saved


def test_a_table_goes_back_to_a_time(client: Any) -> None:
    client.update_continuous_backups(
        TableName=NAME, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    restore = TableRestore(client, NAME, datetime.now(UTC))
    restore.begin()
    assert restore.finish() == (COUNT, 0)


def test_a_table_that_another_tool_has_restored(client: Any) -> None:
    saved = content(client)
    client.restore_table_from_backup(TargetTableName="by-aws-backup", BackupArn=backup(client))
    spoil(client)
    restore = TableRestore(client, NAME, "by-aws-backup")
    restore.begin()
    assert restore.finish() == (COUNT, 1)
    assert content(client) == saved
    restore.clean_up()
    assert "by-aws-backup" in client.list_tables()["TableNames"], "it is not ours to delete"


@pytest.mark.parametrize("source", ["arn:aws:dynamodb:us-east-1:123456789012:table/x/backup/y", "no-such-table"])
def test_a_backup_that_is_not_there(client: Any, source: str) -> None:
    with pytest.raises(FailedError, match="is not there"):
        TableRestore(client, NAME, source).begin()
