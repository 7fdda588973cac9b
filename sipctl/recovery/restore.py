"""The restore of an environment: a plan that tells what it would replace, and its execution."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from sipctl.aws import Account
from sipctl.failure import FailedError
from sipctl.recovery import stored
from sipctl.recovery.backup import Backup
from sipctl.recovery.push_keys import PushKeys
from sipctl.recovery.table import TableRestore
from sipctl.stacks import Stacks

Row = dict[str, Any]


class Restore:
    """Restores a backup, or lets the tables go back to a time; secrets stay then as they are.

    Raises FailedError when the environment lacks a table or a secret of the backup, and for a disabled KMS key.
    """

    def __init__(self, account: Account, stacks: Stacks, source: Backup | datetime) -> None:
        client = account.client("dynamodb")
        tables = stored.lasting_tables(stacks)
        sources = source.tables if isinstance(source, Backup) else dict.fromkeys(tables, source)
        self._sources = sources
        self._tables = {name: TableRestore(client, _deployed(tables, name), source) for name, source in sources.items()}
        ids = stored.secrets(stacks)
        values = source.secrets if isinstance(source, Backup) else {}
        self._secrets = {name: (_deployed(ids, name), value) for name, value in values.items()}
        self._client = account.client("secretsmanager")
        # Tables that go back to a time were encrypted under the key that is deployed.
        self._push_keys = (
            PushKeys(account.client("kms"), source.push_key, stored.push_key(account, stacks))
            if isinstance(source, Backup)
            else None
        )

    def plan(self) -> list[Row]:
        """Returns a row for each table and secret: its source, and whether it has something that would be replaced.

        A key of push apps that is gone has a row, too.
        """
        tables = [
            {"name": name, "source": str(self._sources[name]), "replaces": not table.is_empty, "result": "planned"}
            for name, table in self._tables.items()
        ]
        secrets = [
            {"name": name, "source": "the file", "replaces": self._differs(name), "result": "planned"}
            for name in self._secrets
        ]
        return [*tables, *secrets, *self._gone_key()]

    def execute(self, tell: Callable[[str], None]) -> Iterator[Row]:
        """Yields the rows of the plan with their results; `tell` hears of progress. Raises FailedError.

        All tables are restored at once by DynamoDB, then copied one after the other.
        """
        rows = self.plan()
        for table in self._tables.values():
            table.begin()
        tell("DynamoDB restores. That takes minutes, and hours for large tables.")
        for row in rows:
            if row["name"] in self._tables:
                row["result"] = self._copy(row["name"])
            elif row["name"] in self._secrets:
                row["result"] = self._write_secret(row["name"])
            tell(f"{row['name']}: {row['result']}")
            yield row
        yield from self._unreadable_apps()
        for table in self._tables.values():
            table.clean_up()

    def _copy(self, name: str) -> str:
        table = self._tables[name]
        if self._push_keys and stored.has_push_apps(name):
            written, removed = table.finish(self._push_keys.reencrypted)
        else:
            written, removed = table.finish()
        return f"{written} items written, {removed} removed"

    def _gone_key(self) -> Iterator[Row]:
        if self._push_keys and not self._push_keys.is_there:
            result = "gone: push apps have to be given their credentials again"
            yield {"name": "key of push apps", "source": self._push_keys.old, "replaces": False, "result": result}

    def _unreadable_apps(self) -> Iterator[Row]:
        for app in self._push_keys.unreadable if self._push_keys else ():
            result = "unreadable: delete the app and create it again (sipctl push-apps)"
            yield {"name": f"push app {app}", "source": "the backup", "replaces": False, "result": result}

    def _differs(self, name: str) -> bool:
        secret, value = self._secrets[name]
        try:
            return bool(self._client.get_secret_value(SecretId=secret)["SecretString"] != value)
        except self._client.exceptions.ResourceNotFoundException:  # it has no value
            return False

    def _write_secret(self, name: str) -> str:
        secret, value = self._secrets[name]
        try:
            is_there = self._client.get_secret_value(SecretId=secret)["SecretString"] == value
        except self._client.exceptions.ResourceNotFoundException:
            is_there = False
        if is_there:
            return "as it was"
        self._client.put_secret_value(SecretId=secret, SecretString=value)
        return "written"


def _deployed(found: dict[str, str], name: str) -> str:
    if name not in found:
        raise FailedError({"code": "not_deployed", "detail": f"{name} is not deployed here. Deploy first."})
    return found[name]
