"""Why a phone can't register, or doesn't ring."""

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
from sipctl.wake_up import wake_ups_text

_ATTEMPTS: Final = 5
_WAKE_UPS: Final = 5


def _text(explanation: dict[str, Any]) -> str:
    parts = [explanation["summary"]]
    extension = explanation["extension"]
    if extension:
        parts.append(f"Domain: {extension['domain_name']}")
        if extension["registration"]["devices"]:
            parts.append("Registered devices:\n" + devices_text([{**extension, **extension["registration"]}]))
    parts.append("Last attempts:\n" + attempts_text(explanation["attempts"]))
    if explanation["wake_ups"]:
        parts.append("Last wake-ups:\n" + wake_ups_text(explanation["wake_ups"]))
    return "\n\n".join(parts)


@click.command(cls=Command, view=_text)
@username_argument
@as_customer
def explain(api: Api, username: str) -> Any:
    """Tell why a phone is not registered or doesn't ring: its devices, its last attempts and wake-ups, with advice."""
    extension = extension_of_username(api, username)
    attempts = list(islice(_attempts(api, username, extension), _ATTEMPTS))
    return {
        "username": username,
        "summary": _summary(username, extension, attempts),
        "extension": extension,
        "attempts": attempts,
        "wake_ups": _wake_ups(api, extension),
    }


def _attempts(api: Api, username: str, extension: dict[str, Any] | None) -> Any:
    """The attempts of this username, newest first."""
    if extension:
        return api.all(f"/extensions/{extension['id']}/attempts", page_size=_ATTEMPTS)
    return (attempt for attempt in api.all("/attempts") if attempt["username"] == username)


def _wake_ups(api: Api, extension: dict[str, Any] | None) -> list[Any]:
    """The last wake-ups of the extension's devices, newest first."""
    if extension is None:
        return []
    return list(islice(api.all(f"/extensions/{extension['id']}/wake-ups", page_size=_WAKE_UPS), _WAKE_UPS))


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
