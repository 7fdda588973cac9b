"""The AWS account of a command, with the credentials that AWS's own tools would take."""

from __future__ import annotations

from typing import Any

import click


class Account:
    """Clients of AWS's services. A profile of None takes what the environment says."""

    def __init__(self, profile: str | None) -> None:
        # Here, so that commands that need no account don't wait for boto3.
        import boto3
        from botocore.exceptions import BotoCoreError

        try:
            self._session = boto3.Session(profile_name=profile)
            is_complete = self._session.get_credentials() is not None and bool(self._session.region_name)
        except BotoCoreError as error:
            raise click.UsageError(f"IAM: {error}") from None
        if not is_complete:
            raise click.UsageError("IAM: credentials and a region are needed, by --profile or in the environment.")

    @property
    def region(self) -> str:
        """The region that the credentials are used in."""
        return str(self._session.region_name)

    def client(self, service: str) -> Any:
        """Returns a client of a service, such as `route53`."""
        return self._session.client(service)  # type: ignore[call-overload]  # stubs know services by literals alone
