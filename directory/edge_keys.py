"""The keys that edges sign with: one document in Secrets Manager, which is rotated while they run.

The document is a JSON object: each key by the time from which on it signs, like `{"2026-01-15T10:30:00Z": "k7..."}`.
Its readers accept all of its keys. A new one begins a quarter of an hour after it is written. Every edge has read it by
then, so no edge meets another's signature that it does not know.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from directory.errors import KeysUnreadableError
from directory.schema.timestamps import timestamp

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

LEAST_CHARACTERS: Final = 32
_KEY_BYTES: Final = 32
_NOTICE_S: Final = 15 * 60
# Beside a new key: the one that signs until it begins, and the one before.
_KEPT: Final = 2


class EdgeKey(NamedTuple):
    """A key and the time from which on it signs, in seconds since the epoch."""

    begins: float
    secret: bytes


class EdgeKeys:
    """The document, as edges read it and as its rotation changes it."""

    def __init__(self, client: SecretsManagerClient, secret_id: str) -> None:
        self._client = client
        self._secret_id = secret_id

    def read(self) -> tuple[EdgeKey, ...]:
        """The keys in the order of their beginnings, one at least. Raises KeysUnreadableError."""
        try:
            return _parsed(self._client.get_secret_value(SecretId=self._secret_id)["SecretString"])
        except ClientError as error:
            raise KeysUnreadableError(error.response["Error"]["Code"]) from None
        except BotoCoreError as error:
            raise KeysUnreadableError(type(error).__name__) from None

    def prepare(self, version: str, now: float) -> None:
        """Write the next document as that version, pending; nothing when it is there. Raises KeysUnreadableError."""
        if self._is_written(version):
            return
        self._client.put_secret_value(
            SecretId=self._secret_id,
            ClientRequestToken=version,
            SecretString=_document(_rotated(self.read(), secrets.token_hex(_KEY_BYTES), now)),
            VersionStages=["AWSPENDING"],
        )

    def publish(self, version: str) -> None:
        """Make that version the one that edges read."""
        versions = self._client.describe_secret(SecretId=self._secret_id)["VersionIdsToStages"]
        (current,) = [name for name, stages in versions.items() if "AWSCURRENT" in stages]
        if current != version:
            self._client.update_secret_version_stage(
                SecretId=self._secret_id,
                VersionStage="AWSCURRENT",
                MoveToVersionId=version,
                RemoveFromVersionId=current,
            )

    def _is_written(self, version: str) -> bool:
        """Whether a version has a value: Secrets Manager makes the pending one before it asks for its value."""
        try:
            self._client.get_secret_value(SecretId=self._secret_id, VersionId=version)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            return False
        return True


def _parsed(text: str) -> tuple[EdgeKey, ...]:
    try:
        keys = sorted(_parsed_key(begins, key) for begins, key in json.loads(text).items())
    except (ValueError, TypeError, AttributeError):
        keys = []
    if not keys:
        raise KeysUnreadableError("the secret is no document of keys")
    return tuple(keys)


def _parsed_key(begins: str, key: str) -> EdgeKey:
    if len(key) < LEAST_CHARACTERS:
        raise ValueError
    return EdgeKey(datetime.fromisoformat(begins).timestamp(), key.encode())


def _rotated(keys: tuple[EdgeKey, ...], fresh: str, now: float) -> tuple[EdgeKey, ...]:
    begins = max(now + _NOTICE_S, keys[-1].begins + 1)
    return (*keys[-_KEPT:], EdgeKey(begins, fresh.encode()))


def _document(keys: Iterable[EdgeKey]) -> str:
    return json.dumps({timestamp(key.begins): key.secret.decode() for key in keys})
