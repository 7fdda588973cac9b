"""What went wrong lately at the registrar."""

from __future__ import annotations

from itertools import islice
from typing import Any

import click

from sipctl.api import Api
from sipctl.attempt import attempts_text
from sipctl.caller import as_customer
from sipctl.command import Command


@click.command(cls=Command, view=attempts_text)
@click.option("--most", type=click.IntRange(min=1), default=20, show_default=True, help="How many.")
@as_customer
def attempts(api: Api, most: int) -> Any:
    """List the last attempts to register that did not go well, also of usernames that don't exist."""
    return list(islice(api.all("/attempts", page_size=min(most, 100)), most))
