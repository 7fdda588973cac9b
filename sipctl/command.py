"""The common part of all commands: --json, printing, and exit codes.

A command returns the API's answer. That is printed as JSON, or by its view as text. The exit status is 0, or 2 for
wrong usage. It is 1 when the API refuses or can't be reached, with the reason on stderr.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import click

from sipctl.failure import FailedError
from sipctl.view import safe

_JSON = "json"


class Command(click.Command):
    """A command. `view` makes text for people of the whole result, which is a list for a command that lists."""

    def __init__(self, *arguments: Any, view: Callable[[Any], str], **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._view = view
        self.params.append(
            click.Option(
                ["--json", _JSON],
                is_flag=True,
                expose_value=False,
                help="Print JSON.",
                callback=lambda context, _, value: context.meta.__setitem__(_JSON, value),
            )
        )

    def invoke(self, ctx: click.Context) -> Any:
        """Do it, print what comes of it, and return that."""
        as_json = ctx.meta[_JSON]
        try:
            result = super().invoke(ctx)
        except FailedError as failure:
            click.echo(json.dumps(failure.problem, indent=2) if as_json else _complaint(failure), err=True)
            ctx.exit(1)
        click.echo(json.dumps(result, indent=2) if as_json else self._view(result))
        return result


class Group(click.Group):
    """A group of such commands."""

    command_class = Command
    group_class = type


def _complaint(failure: FailedError) -> str:
    problem = failure.problem
    lines = [f"sipctl: {problem['code']}: {problem['detail']}"]
    for error in problem.get("errors", ()):
        where = error.get("pointer", "").removeprefix("#/") or error.get("parameter") or error.get("header", "")
        lines.append(f"  {where}: {error.get('detail', '')}")
    if failure.request_id:
        lines.append(f"  In the logs it is {failure.request_id}.")
    return "\n".join(map(safe, lines))
