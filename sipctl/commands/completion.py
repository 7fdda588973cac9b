"""Prints the script that makes a shell complete commands, options and usernames."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print what a shell evaluates to complete sipctl's commands: eval "$(sipctl completion bash)"."""
    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(context.find_root().command, {}, "sipctl", "_SIPCTL_COMPLETE").source())
