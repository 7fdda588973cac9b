"""The log level of edges and functions."""

from __future__ import annotations

from typing import Any, Final

import click

from sipctl.api import Api
from sipctl.caller import as_operator
from sipctl.command import Group
from sipctl.view import record

_A_DAY: Final = 24 * 60
_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")
_shown: Final = record("log_level", "tm_until")


@click.group("log-level", cls=Group)
def log_level() -> None:
    """The log level of all edges and functions (IAM)."""


@log_level.command("show", view=_shown)
@as_operator
def _show(api: Api) -> Any:
    """Show at which level they log until when, if it was set."""
    return api.get("/edges")


@log_level.command("set", view=_shown)
@click.argument("level", type=click.Choice(_LEVELS, case_sensitive=False))
@click.option("--minutes", type=click.IntRange(1, _A_DAY), default=10, show_default=True, help="For how long.")
@as_operator
def _set(api: Api, level: str, minutes: int) -> Any:
    """Let them log at a level for some time. They follow within a few seconds."""
    return api.put("/edges", {"log_level": level, "for_seconds": minutes * 60})


@log_level.command("reset", view=_shown)
@as_operator
def _reset(api: Api) -> Any:
    """Let them log at their own level again."""
    return api.put("/edges", {"log_level": "INFO", "for_seconds": 0})
