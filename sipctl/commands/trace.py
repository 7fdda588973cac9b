"""Traces the SIP messages of an extension for some minutes."""

from __future__ import annotations

from typing import Any, Final

import click

from sipctl.api import Api
from sipctl.caller import as_customer
from sipctl.command import Group
from sipctl.extension import extension_argument, path_of
from sipctl.view import record, safe

_MOST_MINUTES: Final = 15
_shown: Final = record("tm_until")


def _text(messages: list[dict[str, Any]]) -> str:
    return "\n".join(map(_message, messages)) or "none"


def _message(message: dict[str, Any]) -> str:
    """A line that tells of the message, and its own lines below."""
    way = "from" if message["direction"] == "received" else "to"
    heading = f"{message['time']}  {message['direction']} {way} {message['source']} by {message['transport']}"
    return "\n".join([safe(heading), *(f"  {safe(line)}".rstrip() for line in message["text"].split("\r\n"))])


@click.group(cls=Group)
def trace() -> None:
    """SIP messages of an extension, without their secrets."""


@trace.command("on", view=_shown)
@extension_argument
@click.option(
    "--minutes", type=click.IntRange(1, _MOST_MINUTES), default=5, show_default=True, help="For how long, at most."
)
@as_customer
def _on(api: Api, extension: str, minutes: int) -> Any:
    """Let all edges keep an extension's messages from now on."""
    return api.put(f"{path_of(api, extension)}/trace", {"for_seconds": minutes * 60})


@trace.command("show", view=_text)
@extension_argument
@as_customer
def _show(api: Api, extension: str) -> Any:
    """Show the messages of the last day that were kept, oldest first."""
    return list(api.all(f"{path_of(api, extension)}/trace"))


@trace.command("off", view=_shown)
@extension_argument
@as_customer
def _off(api: Api, extension: str) -> Any:
    """End it before its time. The messages that were kept can still be shown."""
    return api.put(f"{path_of(api, extension)}/trace", {"for_seconds": 0})
