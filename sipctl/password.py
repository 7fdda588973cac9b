"""Asks for the password of an extension. The command line never has it, because other users could read it there."""

from __future__ import annotations

import sys

import click


def asked() -> str:
    """Returns the password that is typed twice unseen, or the first line of stdin when that is no terminal."""
    if sys.stdin.isatty():
        password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return password
    return sys.stdin.readline().rstrip("\r\n")
