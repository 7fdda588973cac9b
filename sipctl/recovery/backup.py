"""A backup: DynamoDB's own of each table, and the values of the secrets, in a file that names both."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from sipctl.aws import Account
from sipctl.failure import FailedError
from sipctl.recovery import stored
from sipctl.stacks import Stacks


@dataclass(frozen=True, slots=True)
class Backup:
    """The sources of a restore by stacks and logical ids.

    A table's source is the ARN of a backup of DynamoDB's, or the name of a restored table. `push_key` is the ARN of the
    KMS key that private keys in the table of push apps are encrypted under.
    """

    tm_create: str
    tables: dict[str, str]
    secrets: dict[str, str]
    push_key: str


def take(account: Account, stacks: Stacks) -> Backup:
    """Backs all tables up and reads all secrets. Raises FailedError when the environment has no tables."""
    tables, values = account.client("dynamodb"), account.client("secretsmanager")
    names = stored.lasting_tables(stacks)
    if not names:
        raise FailedError({"code": "not_deployed", "detail": "The environment has no tables in this region."})
    now = datetime.now(UTC)
    title = f"sipctl-{now:%Y%m%dT%H%M%SZ}"
    arns = {
        name: tables.create_backup(TableName=table, BackupName=title)["BackupDetails"]["BackupArn"]
        for name, table in names.items()
    }
    read = {
        name: values.get_secret_value(SecretId=secret)["SecretString"]
        for name, secret in stored.secrets(stacks).items()
    }
    return Backup(f"{now:%Y-%m-%dT%H:%M:%SZ}", arns, read, stored.push_key(account, stacks))


def write(backup: Backup, path: Path) -> None:
    """Writes a new file that its owner alone can read: it has the secrets. Raises FailedError."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(asdict(backup), file, indent=2)
    except OSError as error:
        raise FailedError({"code": "not_written", "detail": f"{path}: {error.strerror}."}) from None


def read(path: Path) -> Backup:
    """Reads such a file. Raises FailedError without a word of its content."""
    try:
        found = Backup(**json.loads(path.read_bytes()))
    except OSError as error:
        raise FailedError({"code": "not_read", "detail": f"{path}: {error.strerror}."}) from None
    except (ValueError, TypeError):
        raise FailedError({"code": "not_read", "detail": f"{path} is no backup of sipctl's."}) from None
    is_complete = isinstance(found.push_key, str) and all(
        isinstance(part, dict) for part in (found.tables, found.secrets)
    )
    if not is_complete:
        raise FailedError({"code": "not_read", "detail": f"{path} is no backup of sipctl's."})
    return found
