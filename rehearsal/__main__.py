"""`python -m rehearsal`: one day of an environment on AWS, from its deployment to its end, with a report."""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path
from typing import Any, Final

import click

from rehearsal.interruption import Interruption
from rehearsal.plan import Options, plan
from rehearsal.population import Population
from rehearsal.price import most_usd
from rehearsal.report import report
from rehearsal.run import Rehearsal
from rehearsal.state import State, read
from rehearsal.step import Left
from sipctl.aws import Account
from sipctl.environment import Environment, environment
from sipctl.failure import FailedError

_CDK: Final = "npx aws-cdk@2.1148.1"
# The steps on AWS, with a deployment and a destruction of half an hour each.
_USUAL_HOURS: Final = 5
# Emulators have this number, and no account of AWS does. An endpoint in the environment may lead to AWS itself.
_EMULATED_ACCOUNT: Final = "000000000000"
# Values that the price does not know.
_UNBOUNDED: Final = {
    "deletion_protection": "the balancer could not be destroyed",
    "warm_writes": "AWS charges for it at once, and the price has nothing of it",
}
_PATH: Final = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option("--environment", "name", required=True, help="A table of environments.toml that is not deployed.")
@click.option("--profile", metavar="NAME", help="The AWS profile; else the environment's.")
@click.option("--phones", type=click.IntRange(1, 5000), default=1000, show_default=True)
@click.option("--hours", type=click.FloatRange(0.1, 24), default=_USUAL_HOURS, show_default=True, help="For all steps.")
@click.option("--most-usd", "limit_usd", type=click.IntRange(0), default=20, show_default=True, help="Spend no more.")
@click.option("--state", "path", type=_PATH, default=Path("rehearsal.json"), show_default=True, help="For another run.")
@click.option("--report", "page", type=_PATH, default=Path("rehearsal.md"), show_default=True)
@click.option("--edge", metavar="HOST[:PORT]", help="Where phones register; by default sip.{base} or the balancer.")
@click.option("--api-url", envvar="SIP_API_URL", help="The API; by default that of the stacks.")
@click.option("--cdk", default=_CDK, show_default=True, help="The CDK's command line.")
@click.option("--dry-run", is_flag=True, help="Tell the steps and the price. It needs no account.")
@click.option("--clean", is_flag=True, help="Clean up after a run that has left something.")
def main(name: str, hours: float, limit_usd: int, path: Path, page: Path, **more: Any) -> None:
    """Deploy an environment, let phones register, take edges and a zone away, restore, destroy, and report.

    It asks before it spends. It cleans up at the end, after a failure, and after Ctrl-C. After a sudden end the next
    run goes on.
    """
    is_dry, is_cleaning = more.pop("dry_run"), more.pop("clean")
    options, chosen = Options(**more), environment(name)
    price = most_usd(chosen, options.phones, hours)
    account, population = Account(options.profile), Population()
    try:
        state = _state(path, name, None if is_dry else account, is_cleaning)
        steps = plan(account, chosen, state, population, options)
        click.echo("\n".join([f"Steps: {', '.join(step.name for step in steps)}; then all is undone.", ""]), nl=False)
        click.echo(f"Price: at most ${price} for {hours:g} hours with up to {chosen.edges_most} edges, without tax.")
        if is_dry:
            return
        if not is_cleaning:
            _confirm(state, chosen, price, limit_usd)
    except FailedError as failure:
        click.echo(f"rehearsal: {failure.problem['detail']}", err=True)
        sys.exit(1)
    _raise_limits()
    interruption = Interruption()
    interruption.begin()
    is_emulated = state.account == _EMULATED_ACCOUNT
    rehearsal = Rehearsal(steps, state, interruption, is_emulated=is_emulated, hours=hours, tell=click.echo)
    has_succeeded = False
    try:
        has_succeeded = is_cleaning or rehearsal.go()
    except KeyboardInterrupt:
        click.echo("Interrupted. All is undone now; Ctrl-C once more ends that, too.")
    finally:  # whatever has gone wrong, nothing goes on costing money
        left = rehearsal.clean_up()
        population.stop()
        page.write_text(report(state, left, price))
        _tell(left, state, page)
    sys.exit(0 if has_succeeded and not left else 1)


def _state(path: Path, name: str, account: Account | None, is_cleaning: bool) -> State:
    """The state of a run that goes on, or of a new one. Raises FailedError. Without an account nothing is written."""
    state = read(path)
    if account is None:
        return state or State(path, name, "", "", time.time())
    number = str(account.client("sts").get_caller_identity()["Account"])
    if state is None:
        if is_cleaning:
            raise FailedError({"code": "nothing_to_clean", "detail": f"{path} is not there: nothing can be cleaned."})
        return State(path, name, number, account.region, time.time())
    if (state.environment, state.account, state.region) != (name, number, account.region):
        detail = f"{path} is of {state.environment} in {state.account}, {state.region}. Give another --state."
        raise FailedError({"code": "another_run", "detail": detail})
    if not is_cleaning and any("undone" in outcome.result for outcome in state.outcomes):
        raise FailedError({"code": "not_clean", "detail": f"{path} is of a run that was ended. Give --clean first."})
    return state


def _confirm(state: State, chosen: Environment, price: int, limit_usd: int) -> None:
    """Ask for the environment's name. Raises FailedError for another answer, and for a price that can't be kept."""
    for value, consequence in _UNBOUNDED.items():
        if chosen.has(value):
            raise FailedError({"code": "unbounded", "detail": f"Leave {value} out of [{chosen.name}]: {consequence}."})
    if price > limit_usd:
        raise FailedError({"code": "too_expensive", "detail": f"${price} is more than --most-usd {limit_usd}."})
    question = f"In account {state.account}, {state.region}: type {chosen.name} to spend that"
    if click.prompt(question, default="", show_default=False, err=True) != chosen.name:
        raise FailedError({"code": "not_confirmed", "detail": "Nothing was done."})


def _raise_limits() -> None:
    """Each phone has a socket."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _tell(left: list[Left], state: State, page: Path) -> None:
    if left:
        click.echo("Left, with the command that removes it; --clean tries all of it again:")
        for each in left:
            click.echo(f"  {each.name}\n      {each.command}")
    else:
        state.path.unlink(missing_ok=True)
        click.echo("Nothing is left.")
    click.echo(f"Report: {page}")


if __name__ == "__main__":
    main()
