"""Extensions."""

from __future__ import annotations

from typing import Any, Final

import click

from sipctl import password
from sipctl.api import Api
from sipctl.caller import as_customer
from sipctl.command import Group
from sipctl.confirmation import confirmed
from sipctl.extension import extension_argument, found, path_of
from sipctl.view import aligned, cell, record
from sipctl.wake_up import tested, wake_ups_text

_FIELDS: Final = (
    "id",
    "username",
    "domain_name",
    "name",
    "detail",
    "enabled",
    "max_devices",
    "direct_hash",
    "tm_password_overlap",
    "tm_create",
    "tm_update",
)
_shown: Final = record(*_FIELDS)


def _table(extensions: list[dict[str, Any]]) -> str:
    rows = [
        [
            extension["username"],
            cell(extension["name"]),
            cell(extension["enabled"]),
            _status(extension),
            extension["id"],
        ]
        for extension in extensions
    ]
    return aligned([["USERNAME", "NAME", "ENABLED", "STATUS", "ID"], *rows]) if rows else "none"


def _status(extension: dict[str, Any]) -> str:
    return str(extension["registration"]["status"])


@click.group(cls=Group)
def extensions() -> None:
    """SIP extensions of a customer. A password is asked for, or read from stdin."""


@extensions.command("list", view=_table)
@as_customer
def _list(api: Api) -> Any:
    """List all extensions."""
    return list(api.all("/extensions"))


@extensions.command("show", view=_shown)
@extension_argument
@as_customer
def _show(api: Api, extension: str) -> Any:
    """Show an extension."""
    return found(api, extension)


@extensions.command("create", view=_shown)
@click.argument("username")
@click.option("--name", help="By default the username.")
@click.option("--detail", default="")
@click.option("--max-devices", default=1, show_default=True)
@click.option("--direct", is_flag=True, help="Make a public address.")
@as_customer
def _create(api: Api, /, username: str, name: str | None, **rest: Any) -> Any:
    """Create an extension; its password is asked for."""
    body = {"username": username, "name": name or username, "password": password.asked(), **rest}
    return api.post("/extensions", body)


@extensions.command("change", view=_shown)
@extension_argument
@click.option("--name")
@click.option("--detail")
@click.option("--max-devices", type=int)
@click.option("--direct/--no-direct", default=None, help="Whether there is a public address.")
@click.option("--direct-regenerate", is_flag=True, default=None, help="Replace the public address.")
@as_customer
def _change(api: Api, /, extension: str, **changes: Any) -> Any:
    """Change what is given; the rest stays."""
    given = {name: value for name, value in changes.items() if value is not None}
    if not given:
        raise click.UsageError("Nothing to change.")
    return api.put(path_of(api, extension), given)


@extensions.command("password", view=_shown)
@extension_argument
@click.option("--overlap", default=0, metavar="SECONDS", help="For how long the password before holds, too.")
@as_customer
def _password(api: Api, extension: str, overlap: int) -> Any:
    """Give an extension a new password, which is asked for."""
    body = {"password": password.asked(), "password_overlap_seconds": overlap}
    return api.put(path_of(api, extension), body)


@extensions.command("enable", view=_shown)
@extension_argument
@as_customer
def _enable(api: Api, extension: str) -> Any:
    """Let an extension's phones register again."""
    return api.put(path_of(api, extension), {"enabled": True})


@extensions.command("disable", view=_shown)
@extension_argument
@as_customer
def _disable(api: Api, extension: str) -> Any:
    """Take an extension's devices off and refuse them."""
    return api.put(path_of(api, extension), {"enabled": False})


@extensions.command("wake-up-test", view=wake_ups_text)
@extension_argument
@as_customer
def _wake_up_test(api: Api, extension: str) -> Any:
    """Let an edge push an extension's devices, and wait until they have registered, for 30 seconds at most."""
    return tested(api, path_of(api, extension))


@extensions.command("delete", view=_shown)
@extension_argument
@confirmed("Delete the extension?")
@as_customer
def _delete(api: Api, extension: str) -> Any:
    """Delete an extension with its devices and its public address."""
    return api.delete(path_of(api, extension))
