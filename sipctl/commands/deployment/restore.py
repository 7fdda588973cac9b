"""Restores an environment from a backup, or lets its tables go back to a time."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import click

from sipctl.aws import Account, as_account
from sipctl.command import Command
from sipctl.environment import Environment, environment_option
from sipctl.recovery.backup import Backup, read
from sipctl.recovery.restore import Restore
from sipctl.stacks import Stacks
from sipctl.view import table

_TIME = "%Y-%m-%dT%H:%M:%SZ"


@click.command(cls=Command, view=table("name", "source", "replaces", "result"))
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--to", "moment", type=click.DateTime([_TIME]), help="Let the tables go back to this time (UTC).")
@environment_option
@click.option("--apply", is_flag=True, help="Do it. Without it the plan is shown, and nothing is changed.")
@click.option("--yes", is_flag=True, help="Don't ask before something is replaced.")
@as_account
def restore(
    account: Account, /, file: Path | None, moment: datetime | None, environment: Environment, **how: bool
) -> Any:
    """Restore the backup that FILE names into the deployed tables and secrets, or go back --to a time.

    A restore that was interrupted is started again in the same way.
    """
    if (file is None) == (moment is None):
        raise click.UsageError("Give either FILE or --to.")
    wanted = Restore(account, Stacks(account, environment), _source(file, moment))
    plan = wanted.plan()
    if not how["apply"]:
        return plan
    replaced = sum(row["replaces"] for row in plan)
    if replaced and not how["yes"]:
        click.confirm(f"{replaced} tables or secrets are not empty, and are replaced. Go on?", abort=True, err=True)
    return list(wanted.execute(partial(click.echo, err=True)))


def _source(file: Path | None, moment: datetime | None) -> Backup | datetime:
    if file is not None:
        return read(file)
    assert moment is not None
    return moment.replace(tzinfo=UTC)
