"""As whom a command calls: decorators that hand it the API."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

import click

from sipctl.access import Access
from sipctl.api import Api
from sipctl.stacks import Stacks

P = ParamSpec("P")


def as_customer(command: Callable[Concatenate[Api, P], Any]) -> Callable[P, Any]:
    """Hands a command the API as a customer may use it."""

    @wraps(command)
    def called(*arguments: P.args, **options: P.kwargs) -> Any:
        with access().customer() as api:
            return command(api, *arguments, **options)

    return called


def as_operator(command: Callable[Concatenate[Api, P], Any]) -> Callable[P, Any]:
    """Hands a command the API as the operator may use it."""

    @wraps(command)
    def called(*arguments: P.args, **options: P.kwargs) -> Any:
        return command(access().operator(), *arguments, **options)

    return called


def deployed_access(stacks: Stacks) -> Access:
    """Returns the access to a deployed environment: its own API unless the options name one. Raises FailedError."""
    options = click.get_current_context().find_root().params
    return Access(options["api_url"] or stacks.output("api", "ApiUrl"), None, None, options["profile"])


def access() -> Access:
    """Returns the access that the options name. Raises click.UsageError."""
    made: Access = click.get_current_context().find_root().obj()
    return made
