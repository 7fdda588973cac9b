"""Backs the environment up, loses an extension, and restores it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from rehearsal.customers import delete_customer
from rehearsal.program import Sipctl
from rehearsal.state import State
from rehearsal.step import CLEAN, Figures, Left, Step
from sipctl.access import Access
from sipctl.aws import Account
from sipctl.environment import Environment
from sipctl.failure import FailedError
from sipctl.own_extension import created

_TITLE: Final = "sipctl-"


class Restore(Step):
    """Uses `sipctl backup` and `sipctl restore`. The backup's file has secrets, and goes with the undoing."""

    name: Final = "restore"

    def __init__(
        self, account: Account, access: Callable[[], Access], sipctl: Sipctl, state: State, environment: Environment
    ) -> None:
        self._account = account
        self._access = access
        self._sipctl = sipctl
        self._state = state
        self._base = environment.base
        self._prefix = f"{environment.stack('data')}-"

    def do(self) -> Figures:
        """Lose and restore. Raises FailedError when the extension does not come back."""
        self.undo()
        access = self._access()
        made = created(access, "restored", self._base)
        self._state.note(self.name, customer=made["customer_id"])
        self._sipctl.run("backup", str(self._file))
        with access.acting_for(made["customer_id"]) as api:
            api.delete(f"/extensions/{made['extension_id']}")
        self._sipctl.run("restore", str(self._file), "--apply", "--yes")
        with access.acting_for(made["customer_id"]) as api:
            found = api.get(f"/extensions/{made['extension_id']}")
        if found["username"] != made["username"]:
            raise FailedError({"code": "not_restored", "detail": "The extension that was lost is another one now."})
        return {"tables": len(self._backups()), "extension": "back"}

    def undo(self) -> Figures:
        """Delete the backups, their file, and the customer with the extension."""
        tables = self._account.client("dynamodb")
        for arn in self._backups():
            try:
                tables.delete_backup(BackupArn=arn)
            except tables.exceptions.BackupNotFoundException:
                continue
        self._file.unlink(missing_ok=True)
        if customer := self._customer():
            delete_customer(self._access, customer)
            self._state.note(self.name, customer="")
        return {}

    def left(self) -> list[Left]:
        """The backups, their file with secrets, and the customer, as far as they are not deleted."""
        if self.name not in self._state.begun:
            return []
        customer = self._customer()
        return [
            *(Left(f"backup {arn}", f"aws dynamodb delete-backup --backup-arn {arn}") for arn in self._backups()),
            *([Left(f"{self._file}, which has secrets", f"rm {self._file}")] if self._file.exists() else []),
            *([Left(f"customer {customer} with an extension", CLEAN)] if customer else []),
        ]

    @property
    def _file(self) -> Path:
        return self._state.path.with_suffix(".backup")

    def _customer(self) -> str:
        return str(self._state.noted(self.name).get("customer", ""))

    def _backups(self) -> list[str]:
        """The backups of the environment's tables that sipctl has made since the rehearsal began."""
        began = datetime.fromtimestamp(self._state.began, UTC)
        pages = self._account.client("dynamodb").get_paginator("list_backups").paginate()
        return [
            backup["BackupArn"]
            for page in pages
            for backup in page["BackupSummaries"]
            if backup["TableName"].startswith(self._prefix)
            and backup["BackupName"].startswith(_TITLE)
            and backup["BackupCreationDateTime"] >= began
        ]
