"""A password for an extension, from where nobody else sees it: never from the command line."""

from __future__ import annotations

import sys

import click


def asked() -> str:
    """What is typed twice without being shown, or the first line of stdin when that is no terminal."""
    if sys.stdin.isatty():
        password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return password
    return sys.stdin.readline().rstrip("\r\n")
