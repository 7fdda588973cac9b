"""Lists the attempts that lately failed at the registrar."""

from __future__ import annotations

from itertools import islice
from typing import Any

import click

from sipctl.api import Api
from sipctl.attempt import attempts_text
from sipctl.caller import access
from sipctl.command import Command


@click.command(cls=Command, view=attempts_text)
@click.option("--most", type=click.IntRange(min=1), default=20, show_default=True, help="How many.")
@click.option("--unassigned", is_flag=True, help="Those at no customer's domain (IAM).")
def attempts(most: int, unassigned: bool) -> Any:
    """List the last attempts to register that did not go well, also of usernames that don't exist."""
    if unassigned:
        return _last(access().operator(), "/attempts/unassigned", most)
    with access().customer() as api:
        return _last(api, "/attempts", most)


def _last(api: Api, path: str, most: int) -> list[Any]:
    return list(islice(api.all(path, page_size=min(most, 100)), most))
