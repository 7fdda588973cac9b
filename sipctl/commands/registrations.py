"""Lists the registered extensions and their devices."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import click

from sipctl.api import Api
from sipctl.caller import as_customer
from sipctl.command import Group
from sipctl.device import devices_text
from sipctl.extension import extension_argument, path_of
from sipctl.view import record


@click.group(cls=Group)
def registrations() -> None:
    """Show the registered extensions and their devices."""


@registrations.command("list", view=devices_text)
@click.option("--status", type=click.Choice(["registered", "unregistered", "any"]), default="registered")
@as_customer
def _list(api: Api, status: str) -> Any:
    """List extensions with their registered devices."""
    wanted = {} if status == "any" else {"status": status}
    return list(api.all("/registrations", **wanted))


@registrations.command("remove", view=record("id", "contact", "source", "transport", "user_agent"))
@extension_argument
@click.argument("device_id", metavar="DEVICE")
@as_customer
def _remove(api: Api, extension: str, device_id: str) -> Any:
    """Take a device off, by the id that the list shows: it gets no calls until it registers again."""
    return api.delete(f"{path_of(api, extension)}/registrations/{quote(device_id, safe='')}")
