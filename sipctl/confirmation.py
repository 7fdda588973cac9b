"""The question before something is gone for good."""

from __future__ import annotations

from collections.abc import Callable

import click
from click.decorators import FC


def confirmed(question: str) -> Callable[[FC], FC]:
    """Asks before a command runs, unless --yes is given. The question is on stderr: stdout is the result's."""

    def ask(context: click.Context, _: click.Parameter, yes: bool) -> None:
        if not yes and not context.resilient_parsing:
            click.confirm(question, abort=True, err=True)

    return click.option("--yes", is_flag=True, expose_value=False, callback=ask, help="Don't ask.")
