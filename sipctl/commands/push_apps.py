"""Push apps: the credentials by which a customer's apps are woken."""

from __future__ import annotations

import json
import time
from typing import Any, BinaryIO, Final
from urllib.parse import quote

import click

from sipctl.api import Api
from sipctl.caller import as_customer
from sipctl.command import Group
from sipctl.confirmation import confirmed
from sipctl.view import aligned, cell, record, table

_FIELDS: Final = ("id", "service", "app", "project_number", "issuer", "key_id", "tm_create")
_POLL_S: Final = 1.0
_LONGEST_TEST_S: Final = 30.0  # edges look every two seconds, and a provider has fifteen


def _outcome(app: dict[str, Any]) -> str:
    test = app["test"]
    return aligned([[name, cell(test[name])] for name in ("status", "reason", "time")])


@click.group(cls=Group)
def push_apps() -> None:
    """Apps that calls wake by a push, and the credentials for them."""


@push_apps.command("list", view=table(*_FIELDS))
@as_customer
def _list(api: Api) -> Any:
    """List the push apps, without their private keys."""
    return api.get("/push-apps")["result"]


@push_apps.command("create-apns", view=record(*_FIELDS))
@click.argument("bundle_id", metavar="BUNDLE-ID")
@click.option("--team", "team_id", metavar="ID", required=True, help="The team's id, ten characters.")
@click.option("--key-id", metavar="ID", required=True, help="The id of its key for APNs, ten characters.")
@click.option("--key", type=click.File(), required=True, help="The .p8 file of that key; - reads stdin.")
@as_customer
def _create_apns(api: Api, bundle_id: str, team_id: str, key_id: str, key: Any) -> Any:
    """Let calls wake an app on iPhones."""
    apns = {"bundle_id": bundle_id, "team_id": team_id, "key_id": key_id, "private_key": key.read()}
    return api.post("/push-apps", {"apns": apns})


@push_apps.command("create-fcm", view=record(*_FIELDS))
@click.option("--account", type=click.File("rb"), required=True, help="Google's JSON file; - reads stdin.")
@click.option("--project-number", metavar="NUMBER", help="The project's number, which some phones name.")
@as_customer
def _create_fcm(api: Api, account: BinaryIO, project_number: str | None) -> Any:
    """Let calls wake an app on Android, by a service account of its Firebase project."""
    try:
        service_account = json.load(account)
    except ValueError:
        raise click.UsageError("the file of --account is not JSON") from None
    number = {} if project_number is None else {"project_number": project_number}
    return api.post("/push-apps", {"fcm": {"service_account": service_account, **number}})


@push_apps.command("test", view=_outcome)
@click.argument("app_id", metavar="ID")
@as_customer
def _test(api: Api, app_id: str) -> Any:
    """Let an edge try the credentials with their provider, which wakes no device, and wait for the outcome."""
    path = f"/push-apps/{quote(app_id, safe='')}"
    app = api.post(f"{path}/test", {})
    deadline = time.monotonic() + _LONGEST_TEST_S
    while app["test"]["status"] == "waiting" and time.monotonic() < deadline:
        time.sleep(_POLL_S)
        app = api.get(path)
    return app


@push_apps.command("delete", view=record(*_FIELDS))
@click.argument("app_id", metavar="ID")
@confirmed("Delete the push app? Its devices are not woken any more.")
@as_customer
def _delete(api: Api, app_id: str) -> Any:
    """Delete a push app with its private key."""
    return api.delete(f"/push-apps/{quote(app_id, safe='')}")
