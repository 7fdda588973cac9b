"""Resources that outlive their stacks, and cost money or are in the way of the next deployment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from rehearsal.step import Left
from sipctl.aws import Account

# KMS takes no shorter one.
_KEY_DAYS: Final = 7
_GONE: Final = ("ResourceNotFoundException", "NotFoundException", "InvalidAddress.NotFound")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of resource: its type in CloudFormation, its service, and the ways to find and to delete one.

    `is_there` may also raise ClientError for one that is gone. `{}` in `command` stands for its physical id.
    """

    resource_type: str
    service: str
    is_there: Callable[[Any, str], bool]
    delete: Callable[[Any, str], None]
    command: str


def remove(account: Account, kind: Kind, resource: str) -> None:
    """Delete a resource that may be gone already. Raises ClientError."""
    client = account.client(kind.service)
    if _is_there(client, kind, resource):
        kind.delete(client, resource)


def left(account: Account, kind: Kind, resource: str) -> list[Left]:
    """The resource with its command if it is still there. Raises ClientError."""
    if not _is_there(account.client(kind.service), kind, resource):
        return []
    return [Left(f"{kind.resource_type} {resource}", kind.command.format(resource))]


def _is_there(client: Any, kind: Kind, resource: str) -> bool:
    try:
        return kind.is_there(client, resource)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _GONE:
            raise
        return False


def _table_is_there(client: Any, table: str) -> bool:
    return bool(client.describe_table(TableName=table)["Table"]["TableStatus"] != "DELETING")


def _delete_table(client: Any, table: str) -> None:
    client.update_table(TableName=table, DeletionProtectionEnabled=False)
    client.get_waiter("table_exists").wait(TableName=table)
    client.delete_table(TableName=table)


def _secret_is_there(client: Any, secret: str) -> bool:
    return "DeletedDate" not in client.describe_secret(SecretId=secret)


def _key_is_there(client: Any, key: str) -> bool:
    return bool(client.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] != "PendingDeletion")


def _address_is_there(client: Any, address: str) -> bool:
    return bool(client.describe_addresses(PublicIps=[address])["Addresses"])


def _release(client: Any, address: str) -> None:
    (found,) = client.describe_addresses(PublicIps=[address])["Addresses"]
    client.release_address(AllocationId=found["AllocationId"])


KINDS: Final = (
    Kind(
        "AWS::DynamoDB::GlobalTable",
        "dynamodb",
        _table_is_there,
        _delete_table,
        "aws dynamodb update-table --no-deletion-protection-enabled --table-name {0} && "
        "aws dynamodb delete-table --table-name {0}",
    ),
    Kind(
        "AWS::SecretsManager::Secret",
        "secretsmanager",
        _secret_is_there,
        lambda client, secret: client.delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True),
        "aws secretsmanager delete-secret --force-delete-without-recovery --secret-id {}",
    ),
    Kind(
        "AWS::KMS::Key",
        "kms",
        _key_is_there,
        lambda client, key: client.schedule_key_deletion(KeyId=key, PendingWindowInDays=_KEY_DAYS),
        "aws kms schedule-key-deletion --pending-window-in-days 7 --key-id {}",
    ),
    Kind(
        "AWS::EC2::EIP",
        "ec2",
        _address_is_there,
        _release,
        "aws ec2 release-address --public-ip {}",
    ),
)
