"""Checks a deployed environment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import click

from sipctl.aws import Account, as_account
from sipctl.caller import deployed_access
from sipctl.check import Check, CheckCommand, made
from sipctl.doctor.alarm_path import check_alarm_path, send_test
from sipctl.doctor.call import check_call
from sipctl.doctor.reach import check_certificate, check_names
from sipctl.environment import Environment, environment_option
from sipctl.failure import FailedError
from sipctl.names import Names
from sipctl.stacks import Stacks, sip_address


@click.command(cls=CheckCommand)
@environment_option
@click.option("--resolver", metavar="ADDRESS", help="The DNS server to ask, as HOST or HOST:PORT.")
@click.option(
    "--edge", metavar="HOST[:PORT]", help="Where to register and call; by default sip.{base} or the balancer."
)
@click.option("--test-alarm", is_flag=True, help="Let an alarm ring and end; it asks before.")
@as_account
def doctor(
    account: Account, /, environment: Environment, resolver: str | None, edge: str | None, test_alarm: bool
) -> Any:
    """Check that alarms reach people, names resolve, TLS is right, and a phone can register and be called."""
    if test_alarm:
        click.confirm("Everybody whom the alarms reach gets two messages. Go on?", abort=True, err=True)
    stacks = Stacks(account, environment)
    checks: dict[str, Callable[[], Iterator[Check]]] = {
        "alarms": lambda: check_alarm_path(account, stacks, environment),
        "test alarm": lambda: send_test(account, environment) if test_alarm else iter(()),
        "names": lambda: check_names(environment, Names(resolver)),
        "certificate": lambda: check_certificate(environment, sip_address(stacks, environment, edge)[0]),
        "call": lambda: check_call(deployed_access(stacks), environment.base, *sip_address(stacks, environment, edge)),
    }
    return [check._asdict() for name, of_kind in checks.items() for check in _all(name, of_kind)]


def _all(name: str, checks: Callable[[], Iterator[Check]]) -> Iterator[Check]:
    """The checks of a kind. Something that is not deployed or refused fails its kind alone."""
    try:
        yield from made(name, checks)
    except FailedError as failure:
        yield Check(name, False, failure.problem["detail"], "Deploy the environment, or name its API by --api-url.")
