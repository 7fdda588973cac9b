"""Customers."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

import click

from sipctl.api import Api
from sipctl.caller import as_operator
from sipctl.command import Group
from sipctl.confirmation import confirmed
from sipctl.view import record, table

_FIELDS: Final = ("id", "name", "tm_create")


@click.group(cls=Group)
def customers() -> None:
    """Customers (IAM)."""


@customers.command("list", view=table(*_FIELDS))
@as_operator
def _list(api: Api) -> Any:
    """List all customers."""
    return list(api.all("/customers"))


@customers.command("show", view=record(*_FIELDS))
@click.argument("customer_id", metavar="ID")
@as_operator
def _show(api: Api, customer_id: str) -> Any:
    """Show a customer."""
    return api.get(_path(customer_id))


@customers.command("create", view=record(*_FIELDS))
@click.argument("name")
@as_operator
def _create(api: Api, name: str) -> Any:
    """Create a customer."""
    return api.post("/customers", {"name": name})


@customers.command("delete", view=record(*_FIELDS))
@click.argument("customer_id", metavar="ID")
@confirmed("Delete the customer with its keys?")
@as_operator
def _delete(api: Api, customer_id: str) -> Any:
    """Delete a customer that has no extensions."""
    return api.delete(_path(customer_id))


def _path(customer_id: str) -> str:
    return f"/customers/{quote(customer_id, safe='')}"
