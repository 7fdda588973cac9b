"""The AWS account of a command, with the credentials that AWS's own tools would take."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cached_property, wraps
from typing import Any, Concatenate, ParamSpec

import click
from botocore.exceptions import BotoCoreError, ClientError

from sipctl.failure import FailedError

P = ParamSpec("P")


class Account:
    """Clients of AWS's services. A profile of None takes what the environment says.

    Its first use raises click.UsageError when credentials or the region are missing.
    """

    def __init__(self, profile: str | None) -> None:
        self._profile = profile

    @property
    def region(self) -> str:
        """The region that the credentials are used in."""
        return str(self._session.region_name)

    def client(self, service: str) -> Any:
        """Returns a client of a service, such as `route53`."""
        make: Callable[..., Any] = self._session.client  # stubs know services by literals alone
        return make(service)

    @cached_property
    def _session(self) -> Any:
        # Here, so that commands that need no account don't wait for it.
        import boto3

        try:
            session = boto3.Session(profile_name=self._profile, region_name=os.environ.get("AWS_REGION"))
            is_complete = session.get_credentials() is not None and bool(session.region_name)
        except BotoCoreError as error:
            raise click.UsageError(f"IAM: {error}") from None
        if not is_complete:
            raise click.UsageError("IAM: credentials and a region are needed, by --profile or in the environment.")
        return session


def as_account(command: Callable[Concatenate[Account, P], Any]) -> Callable[P, Any]:
    """Hands a command the account of --profile. Refusals of AWS become FailedError."""

    @wraps(command)
    def called(*arguments: P.args, **options: P.kwargs) -> Any:
        account = Account(click.get_current_context().find_root().params["profile"])
        try:
            return command(account, *arguments, **options)
        except (ClientError, BotoCoreError) as error:
            raise FailedError({"code": "aws", "detail": reason(error)}) from None

    return called


def reason(error: ClientError | BotoCoreError) -> str:
    """Returns a sentence about a call that failed. It repeats nothing of the request."""
    if isinstance(error, ClientError):
        return f"AWS refuses {error.operation_name}: {error.response['Error']['Code']}."
    return f"AWS can't be asked: {type(error).__name__}."
