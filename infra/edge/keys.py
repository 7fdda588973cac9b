"""The secret that holds the edges' keys, and its rotation."""

from __future__ import annotations

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.bundle import bundle
from infra.configuration import Configuration
from infra.function import Function

_PERIOD_DAYS: Final = 30
_CHARACTERS: Final = 64
# From the beginning on; directory/edge_keys.py tells of the document.
_FIRST_KEY: Final = "1970-01-01T00:00:00Z"


class EdgeKeys(Construct):
    """A secret with one generated key, to which a function adds another each month."""

    def __init__(self, scope: Construct, construct_id: str, *, configuration: Configuration) -> None:
        super().__init__(scope, construct_id)
        self.secret = secretsmanager.Secret(
            self,
            "Secret",
            description="SIP extensions: what the edges sign nonces and tokens with",
            generate_secret_string=secretsmanager.SecretStringGenerator(
                secret_string_template="{}",  # noqa: S106
                generate_string_key=_FIRST_KEY,
                password_length=_CHARACTERS,
                exclude_punctuation=True,
            ),
        )
        self.rotation = Function(
            self,
            "RotationFunction",
            module="key_rotation",
            code=lambda_.Code.from_asset(str(bundle(configuration.platform))),
            configuration=configuration,
            tables={},
            permissions=(),
        )
        self.rotation.add_to_role_policy(
            iam.PolicyStatement(
                actions=[
                    "secretsmanager:DescribeSecret",
                    "secretsmanager:GetSecretValue",
                    "secretsmanager:PutSecretValue",
                    "secretsmanager:UpdateSecretVersionStage",
                ],
                resources=[self.secret.secret_arn],
            )
        )
        self.rotation.add_permission(
            "SecretsManager",
            principal=iam.ServicePrincipal("secretsmanager.amazonaws.com"),
            source_account=cdk.Stack.of(self).account,
        )
        schedule = secretsmanager.CfnRotationSchedule(
            self,
            "Rotation",
            secret_id=self.secret.secret_arn,
            rotation_lambda_arn=self.rotation.function_arn,
            rotation_rules=secretsmanager.CfnRotationSchedule.RotationRulesProperty(
                automatically_after_days=_PERIOD_DAYS
            ),
            rotate_immediately_on_update=False,
        )
        schedule.node.add_dependency(self.rotation)

    def let_read(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` read the keys."""
        grantee.grant_principal.add_to_principal_policy(
            iam.PolicyStatement(actions=["secretsmanager:GetSecretValue"], resources=[self.secret.secret_arn])
        )
