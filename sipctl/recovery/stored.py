"""The tables and secrets of an environment that outlive a disaster."""

from __future__ import annotations

import re
from typing import Final

from sipctl.aws import Account
from sipctl.failure import FailedError
from sipctl.stacks import Stacks

# Items of these tables are forgotten within a month, or are about running edges. Copied items of attempts and calls
# would be told as events once more.
TRANSIENT: Final = ("Attempts", "Calls", "Edges", "Idempotency", "Switches", "Traces", "Usage", "WakeUps")
_TRANSIENT_ID: Final = re.compile(rf"data/(?:{'|'.join(TRANSIENT)})[0-9A-F]{{8}}")
_PUSH_APPS_ID: Final = re.compile(r"data/PushApps[0-9A-F]{8}")
_PUSH_KEY_ID: Final = re.compile(r"data/PushKey[0-9A-F]{8}")


def lasting_tables(stacks: Stacks) -> dict[str, str]:
    """Returns the deployed name of each table that lasts, by its stack and logical id."""
    tables = stacks.resources("AWS::DynamoDB::GlobalTable")
    return {name: table for name, table in tables.items() if not _TRANSIENT_ID.fullmatch(name)}


def secrets(stacks: Stacks) -> dict[str, str]:
    """Returns the id of each secret, by its stack and logical id."""
    return stacks.resources("AWS::SecretsManager::Secret")


def has_push_apps(name: str) -> bool:
    """Whether the table with this stack and logical id is the one of push apps."""
    return bool(_PUSH_APPS_ID.fullmatch(name))


def push_key(account: Account, stacks: Stacks) -> str:
    """Returns the ARN of the KMS key of push apps. Raises FailedError when it is not deployed."""
    for name, key in stacks.resources("AWS::KMS::Key").items():
        if _PUSH_KEY_ID.fullmatch(name):
            return str(account.client("kms").describe_key(KeyId=key)["KeyMetadata"]["Arn"])
    raise FailedError({"code": "not_deployed", "detail": "The environment has no key of push apps in this region."})
