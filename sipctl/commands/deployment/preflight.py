"""Checks an account before a deployment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import click

from sipctl.aws import Account, as_account
from sipctl.check import Check, CheckCommand, made
from sipctl.environment import Environment, environment_option
from sipctl.names import Names
from sipctl.preflight import account as accounts
from sipctl.preflight.names import check_names
from sipctl.preflight.quotas import check_quotas


@click.command(cls=CheckCommand)
@environment_option
@click.option("--resolver", metavar="ADDRESS", help="The DNS server to ask, as HOST or HOST:PORT.")
@as_account
def preflight(account: Account, environment: Environment, resolver: str | None) -> Any:
    """Check before a deployment that the account can take it. Nothing is changed."""
    return [check._asdict() for check in checks(account, environment, Names(resolver))]


def checks(account: Account, environment: Environment, names: Names) -> Iterator[Check]:
    """Yields all checks of an environment in an account."""
    stacks: dict[str, str] = {}

    def check_stacks() -> Iterator[Check]:
        stacks.update(accounts.stack_statuses(account))
        yield from accounts.check_stacks(stacks, environment)

    all_checks: dict[str, Callable[[], Iterator[Check]]] = {
        "bootstrap": lambda: accounts.check_bootstrap(account),
        "stacks": check_stacks,
        "quotas": lambda: check_quotas(account, environment, environment.stack("edge") in stacks),
        "availability zones": lambda: accounts.check_zones(account, environment),
        "leftovers": lambda: accounts.check_leftovers(account, stacks, environment),
        "names": lambda: check_names(account, environment, names),
    }
    for name, checks in all_checks.items():
        yield from made(name, checks)
