"""The operator's signature, with the credentials that AWS's own tools would take."""

from __future__ import annotations

import click
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError
from botocore.session import Session

from sipctl.signature import Signature


def signature(profile: str | None) -> Signature:
    """The signature of a profile, or of what the environment says. Raises click.UsageError when that is incomplete."""
    try:
        session = Session(profile=profile)
        credentials, region = session.get_credentials(), session.get_config_variable("region")
    except BotoCoreError as error:
        raise click.UsageError(f"IAM: {error}") from None
    if credentials is None or not region:
        raise click.UsageError("IAM: credentials and a region are needed, by --profile or in the environment.")
    return Signature(credentials, region)


def local_signature(access_key_id: str, secret_access_key: str, region: str) -> Signature:
    """The signature of the operator of the service that `make run` has started."""
    return Signature(Credentials(access_key_id, secret_access_key), region)
