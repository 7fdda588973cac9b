"""The file of a backup: its owner's alone, never overwritten, and quoted by no message."""

from __future__ import annotations

from pathlib import Path

import pytest

from sipctl.failure import FailedError
from sipctl.recovery.backup import Backup, read, write

SECRET = "k7-must-not-be-printed"
BACKUP = Backup(
    "2026-01-15T10:30:00Z",
    {"data/Extensions0": "arn:aws:dynamodb:::backup"},
    {"data/WebhookSecret0": SECRET},
    "arn:aws:kms:::key/0",
)


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "backup.json"
    write(BACKUP, path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read(path) == BACKUP


def test_another_file_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "backup.json"
    path.write_text("another")
    with pytest.raises(FailedError, match="File exists"):
        write(BACKUP, path)
    assert path.read_text() == "another"


@pytest.mark.parametrize(
    "content",
    [
        *("", "[]", "{}", SECRET),
        f'{{"tm_create": "", "tables": [], "secrets": "{SECRET}", "push_key": ""}}',
        f'{{"tm_create": "", "tables": {{}}, "secrets": {{}}, "push_key": ["{SECRET}"]}}',
    ],
)
def test_what_is_no_backup_is_refused_and_not_quoted(tmp_path: Path, content: str) -> None:
    path = tmp_path / "backup.json"
    path.write_text(content)
    with pytest.raises(FailedError, match="is no backup") as refused:
        read(path)
    assert SECRET not in str(refused.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FailedError, match="No such file"):
        read(tmp_path / "missing.json")
