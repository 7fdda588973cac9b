"""Backs the environment up, loses an extension, and restores it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

from rehearsal.program import Sipctl
from rehearsal.state import State
from rehearsal.step import CLEAN, Figures, Left, Step
from sipctl.access import Access
from sipctl.aws import Account
from sipctl.failure import FailedError
from sipctl.own_extension import created


class Restore(Step):
    """Uses `sipctl backup` and `sipctl restore`. The backup's file has secrets, and goes with the undoing."""

    name: Final = "restore"

    def __init__(self, account: Account, access: Callable[[], Access], sipctl: Sipctl, state: State, base: str) -> None:
        self._account = account
        self._access = access
        self._sipctl = sipctl
        self._state = state
        self._base = base

    def do(self) -> Figures:
        """Lose and restore. Raises FailedError when the extension does not come back."""
        self.undo()
        access = self._access()
        made = created(access, "restored", self._base)
        self._state.note(self.name, customer=made["customer_id"], extension=made["extension_id"])
        self._sipctl.run("backup", str(self._file))
        self._state.note(self.name, backups=list(json.loads(self._file.read_bytes())["tables"].values()))
        with access.acting_for(made["customer_id"]) as api:
            api.delete(f"/extensions/{made['extension_id']}")
        self._sipctl.run("restore", str(self._file), "--apply", "--yes")
        with access.acting_for(made["customer_id"]) as api:
            found = api.get(f"/extensions/{made['extension_id']}")
        if found["username"] != made["username"]:
            raise FailedError({"code": "not_restored", "detail": "The extension that was lost is another one now."})
        return {"tables": len(self._backups()), "extension": "back"}

    def undo(self) -> Figures:
        """Delete the backups, their file, and the extension with its customer."""
        tables = self._account.client("dynamodb")
        for arn in self._backups():
            try:
                tables.delete_backup(BackupArn=arn)
            except tables.exceptions.BackupNotFoundException:
                continue
        self._file.unlink(missing_ok=True)
        self._delete_customer()
        self._state.note(self.name, backups=[], customer="")
        return {}

    def left(self) -> list[Left]:
        """The backups, their file with secrets, and the customer, as far as they are not deleted."""
        customer = self._state.noted(self.name).get("customer")
        return [
            *(Left(f"backup {arn}", f"aws dynamodb delete-backup --backup-arn {arn}") for arn in self._backups()),
            *([Left(f"{self._file}, which has secrets", f"rm {self._file}")] if self._file.exists() else []),
            *([Left(f"customer {customer} with an extension", CLEAN)] if customer else []),
        ]

    @property
    def _file(self) -> Path:
        return self._state.path.with_suffix(".backup")

    def _backups(self) -> list[str]:
        return list(self._state.noted(self.name).get("backups", ()))

    def _delete_customer(self) -> None:
        noted = self._state.noted(self.name)
        if not noted.get("customer"):
            return
        access = self._access()
        for delete in (
            lambda: self._delete_extension(access, noted["customer"], noted["extension"]),
            lambda: access.operator().delete(f"/customers/{noted['customer']}"),
        ):
            try:
                delete()
            except FailedError as failure:
                if failure.problem["code"] != "not_found":
                    raise

    def _delete_extension(self, access: Access, customer_id: str, extension_id: str) -> None:
        with access.acting_for(customer_id) as api:
            api.delete(f"/extensions/{extension_id}")
