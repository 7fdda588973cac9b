"""Access keys: a customer's own by its token, or those of --customer by IAM."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import quote

import click

from sipctl.api import Api
from sipctl.caller import access
from sipctl.command import Group
from sipctl.confirmation import confirmed
from sipctl.view import record, table

_FIELDS: Final = ("id", "name", "tm_create", "tm_expire")


@click.group(cls=Group)
def keys() -> None:
    """Access keys of a customer."""


@keys.command("list", view=table(*_FIELDS))
def _list() -> Any:
    """List the keys, without their tokens."""
    with _keys() as (api, path):
        return list(api.all(path))


@keys.command("create", view=record(*_FIELDS, "token"))
@click.argument("name")
@click.option("--expires-in", type=click.IntRange(min=60), metavar="SECONDS", help="Its life; without, it is endless.")
def _create(name: str, expires_in: int | None) -> Any:
    """Create a key and show its token, this once."""
    with _keys() as (api, path):
        return api.post(path, {"name": name} | ({} if expires_in is None else {"expires_in": expires_in}))


@keys.command("delete", view=record(*_FIELDS))
@click.argument("key_id", metavar="ID")
@confirmed("Delete the key?")
def _delete(key_id: str) -> Any:
    """Delete a key: its token is refused from then on."""
    with _keys() as (api, path):
        return api.delete(f"{path}/{quote(key_id, safe='')}")


@contextmanager
def _keys() -> Iterator[tuple[Api, str]]:
    """Yields an API that may show the keys, and their path. An operator needs no key to a customer's keys."""
    chosen = access()
    if path := chosen.customer_path():
        yield chosen.operator(), f"{path}/accesskeys"
        return
    with chosen.customer() as api:
        yield api, "/accesskeys"
