"""Checks: each passes or says what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import click
from botocore.exceptions import BotoCoreError, ClientError

from sipctl.aws import reason
from sipctl.command import Command
from sipctl.view import safe


class Check(NamedTuple):
    """A check that was made. `advice` says what to do when it has not passed."""

    name: str
    passed: bool
    found: str
    advice: str = ""


def made(name: str, check: Callable[[], Iterator[Check]]) -> Iterator[Check]:
    """Yields the checks. When AWS refuses to answer, the last one is a failure of that name."""
    try:
        yield from check()
    except ClientError as error:
        yield Check(name, False, reason(error), f"Run as a user who may {error.operation_name}.")
    except BotoCoreError as error:
        yield Check(name, False, reason(error), "Look at network and region.")


class CheckCommand(Command):
    """A command that returns checks. The exit status is 1 when one has not passed."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, view=_text, **settings)

    def invoke(self, ctx: click.Context) -> Any:
        """Make the checks and print them."""
        checks = super().invoke(ctx)
        if not all(check["passed"] for check in checks):
            ctx.exit(1)
        return checks


def _text(checks: list[dict[str, Any]]) -> str:
    return "\n".join(map(_line, checks))


def _line(check: dict[str, Any]) -> str:
    line = f"{'pass' if check['passed'] else 'FAIL'}  {check['name']}: {check['found']}"
    return safe(line) if check["passed"] else f"{safe(line)}\n      {safe(check['advice'])}"
