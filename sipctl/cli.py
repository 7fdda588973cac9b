"""The command line as a whole: its options, and its commands."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final

import click

from sipctl.access import Access
from sipctl.command import Group
from sipctl.commands.attempts import attempts
from sipctl.commands.completion import completion
from sipctl.commands.customers import customers
from sipctl.commands.deployment.backup import backup
from sipctl.commands.deployment.canary import canary
from sipctl.commands.deployment.cost import cost
from sipctl.commands.deployment.doctor import doctor
from sipctl.commands.deployment.preflight import preflight
from sipctl.commands.deployment.restore import restore
from sipctl.commands.explain import explain
from sipctl.commands.extensions import extensions
from sipctl.commands.keys import keys
from sipctl.commands.log_level import log_level
from sipctl.commands.push_apps import push_apps
from sipctl.commands.registrations import registrations
from sipctl.commands.trace import trace

# The command line is run from a checkout.
_PROJECT: Final = Path(__file__).parent.parent / "pyproject.toml"


def _print_version(context: click.Context, _: click.Parameter, is_asked: bool) -> None:
    """Print the version of this checkout and end, when the option is given."""
    if is_asked and not context.resilient_parsing:
        click.echo(f"sipctl {tomllib.loads(_PROJECT.read_text())['project']['version']}")
        context.exit()


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--api-url", envvar="SIP_API_URL", help="The API, up to its version; by default that of `make run`.")
@click.option("--token", envvar="SIP_API_TOKEN", help="A customer's token; in the environment nobody else sees it.")
@click.option("--customer", metavar="ID", help="Act for this customer, by right of IAM in place of a token.")
@click.option("--profile", metavar="NAME", help="The AWS profile that signs what operators do; else the environment's.")
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Print the version."
)
@click.pass_context
def cli(
    context: click.Context, api_url: str | None, token: str | None, customer: str | None, profile: str | None
) -> None:
    """Manage customers, their keys and SIP extensions, see who is registered, and learn why a phone is not."""
    context.obj = lambda: Access(api_url, token, customer, profile)


for command in (
    *(customers, keys, extensions, registrations, attempts, explain, trace),
    *(push_apps, log_level, completion),
):
    cli.add_command(command)
for command in (cost, preflight, canary, doctor, backup, restore):
    cli.add_command(command)
