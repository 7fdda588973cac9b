"""Why a phone can't register."""

from __future__ import annotations

from itertools import islice
from typing import Any, Final

import click

from sipctl.api import Api
from sipctl.attempt import attempts_text
from sipctl.caller import as_customer
from sipctl.command import Command
from sipctl.device import devices_text
from sipctl.extension import extension_of_username, username_argument

_ATTEMPTS: Final = 5


def _text(explanation: dict[str, Any]) -> str:
    parts = [explanation["summary"]]
    extension = explanation["extension"]
    if extension:
        parts.append(f"Domain: {extension['domain_name']}")
        if extension["registration"]["devices"]:
            parts.append("Registered devices:\n" + devices_text([{**extension, **extension["registration"]}]))
    parts.append("Last attempts:\n" + attempts_text(explanation["attempts"]))
    return "\n\n".join(parts)


@click.command(cls=Command, view=_text)
@username_argument
@as_customer
def explain(api: Api, username: str) -> Any:
    """Tell why a phone is not registered: its extension, its devices, and its last attempts with advice."""
    extension = extension_of_username(api, username)
    attempts = list(islice(_attempts(api, username, extension), _ATTEMPTS))
    return {
        "username": username,
        "summary": _summary(username, extension, attempts),
        "extension": extension,
        "attempts": attempts,
    }


def _attempts(api: Api, username: str, extension: dict[str, Any] | None) -> Any:
    """The attempts of this username, newest first."""
    if extension:
        return api.all(f"/extensions/{extension['id']}/attempts", page_size=_ATTEMPTS)
    return (attempt for attempt in api.all("/attempts") if attempt["username"] == username)


def _summary(username: str, extension: dict[str, Any] | None, attempts: list[dict[str, Any]]) -> str:
    if extension is None:
        return f"{username}: there is no such extension."
    if not extension["enabled"]:
        return f"{username}: the extension is disabled."
    devices = len(extension["registration"]["devices"])
    if devices:
        return f"{username}: registered, {devices} of at most {extension['max_devices']} devices."
    if attempts:
        return f"{username}: not registered; the last attempt: {attempts[0]['reason']}."
    # The registrar keeps only attempts that did not go well, and a phone that it never hears leaves none.
    return (
        f"{username}: not registered, no attempt was refused: does the phone reach the edge, and is its domain right?"
    )
