"""Gives the canary of an environment an extension of its own."""

from __future__ import annotations

import json
from typing import Any

import click

from sipctl.access import Access
from sipctl.aws import Account, as_account
from sipctl.caller import deployed_access
from sipctl.command import Command
from sipctl.environment import Environment, environment_option
from sipctl.failure import FailedError
from sipctl.own_extension import created
from sipctl.stacks import Stacks
from sipctl.view import record

_NAME = "canary"


@click.command(cls=Command, view=record("customer_id", "domain", "username", "direct_address"))
@environment_option
@as_account
def canary(account: Account, environment: Environment) -> Any:
    """Make the canary's customer and extension, and keep their password in its secret.

    The canary calls from its next minute on. Nothing is made when it has an extension already.
    """
    stacks = Stacks(account, environment)
    access, secrets = deployed_access(stacks), account.client("secretsmanager")
    secret = stacks.output("edge", "CanarySecret")
    known = json.loads(secrets.get_secret_value(SecretId=secret)["SecretString"])
    if not _is_there(access, known):
        known = created(access, _NAME, environment.base)
        secrets.put_secret_value(SecretId=secret, SecretString=json.dumps(known))
    return {name: value for name, value in known.items() if name != "password"}


def _is_there(access: Access, known: dict[str, Any]) -> bool:
    """Whether the extension that the secret names is there."""
    if "customer_id" not in known:
        return False
    try:
        with access.acting_for(known["customer_id"]) as api:
            api.get(f"/extensions/{known['extension_id']}")
    except FailedError as failure:
        if failure.problem["code"] != "not_found":
            raise
        return False
    return True
