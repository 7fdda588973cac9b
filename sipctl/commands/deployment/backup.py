"""Backs an environment up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from sipctl.aws import Account, as_account
from sipctl.command import Command
from sipctl.environment import Environment, environment_option
from sipctl.recovery.backup import take, write
from sipctl.stacks import Stacks
from sipctl.view import record


@click.command(cls=Command, view=record("file", "tm_create", "tables", "secrets"))
@click.argument("file", type=click.Path(path_type=Path))
@environment_option
@as_account
def backup(account: Account, file: Path, environment: Environment) -> Any:
    """Back the tables up in DynamoDB, and write the secrets and the backups' names to a new FILE.

    Keep the file where you keep your secrets: without it webhooks get other signatures.
    """
    taken = take(account, Stacks(account, environment))
    write(taken, file)
    counts = {"tables": len(taken.tables), "secrets": len(taken.secrets)}
    return {"file": str(file), "tm_create": taken.tm_create, **counts}
