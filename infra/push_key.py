"""The key under which the private keys of push apps are encrypted, and the two uses of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from aws_cdk import aws_iam as iam

from infra.configuration import Configuration
from infra.function import Function

# The ids that a private key is bound to (directory/push_keys.py). A call without them is refused.
_IS_BOUND: Final = {
    "Null": {"kms:EncryptionContext:customer_id": "false", "kms:EncryptionContext:push_app_id": "false"}
}


def let_encrypt(function: Function, configuration: Configuration, key_arn: str) -> None:
    """Let a function encrypt private keys, and decrypt none; it finds the KMS key in its environment."""
    function.add_environment("PUSH_KEY", key_arn)
    # An emulator knows no condition keys of KMS.
    _allow(function, "kms:Encrypt", key_arn, _IS_BOUND if configuration.platform == "aws" else {})


def let_decrypt(edge: iam.IGrantable, key_arn: str) -> None:
    """Let an edge decrypt private keys, and encrypt none."""
    _allow(edge, "kms:Decrypt", key_arn, _IS_BOUND)


def _allow(grantee: iam.IGrantable, action: str, key_arn: str, conditions: Mapping[str, Any]) -> None:
    grantee.grant_principal.add_to_principal_policy(
        iam.PolicyStatement(actions=[action], resources=[key_arn], conditions=conditions)
    )
