"""The tables, the secret of webhooks, and the key of push apps.

They outlive everything else, so they have a stack of their own.
"""

from __future__ import annotations

from typing import Final, cast

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from directory.schema import tables
from infra import outputs
from infra.configuration import COLD_READS, Configuration

# A resource goes when the deployment that made it fails, and stays from then on.
KEPT: Final = cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE


class DataStack(cdk.Stack):
    """All tables of the directory; `tables` finds each by its description."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        configuration: Configuration,
        key: kms.IKey | None,
        env: cdk.Environment | None,
    ) -> None:
        """`key` encrypts the tables, in place of one of AWS's or of this stack's own."""
        super().__init__(
            scope, construct_id, stack_name=construct_id, env=env, description="SIP extensions: what is stored"
        )
        if key is None and configuration.customer_managed_key:
            # Without it there is no data, so it stays when the stack goes, as the tables do.
            key = kms.Key(self, "Key", enable_key_rotation=True, removal_policy=KEPT)
        if key:
            self._let_tables_use(key)
        self._key = key
        self._warm_writes = configuration.warm_writes
        self.tables = {table: self._table(table) for table in tables.ALL}
        # The secrets of all webhooks are derived from it: with another value all of them change.
        secret = secretsmanager.Secret(
            self,
            "WebhookSecret",
            description="SIP extensions: the secret that the secrets of webhooks are derived from",
            generate_secret_string=secretsmanager.SecretStringGenerator(password_length=64, exclude_punctuation=True),
            removal_policy=KEPT,
        )
        # Without it the private keys of push apps are lost, also those in a backup of their table.
        self.push_key_arn = kms.Key(
            self,
            "PushKey",
            description="SIP extensions: encrypts the private keys of push apps",
            enable_key_rotation=True,
            removal_policy=KEPT,
        ).key_arn
        # Its ARN. On AWS its Ref is that as well, on the emulator its Ref is its name.
        self.webhook_secret_arn = cast(secretsmanager.CfnSecret, secret.node.default_child).attr_id

    def _table(self, table: tables.Table) -> dynamodb.TableV2:
        name = outputs.table_name(table)
        deployed = dynamodb.TableV2(
            self,
            name.removesuffix("Table"),
            partition_key=_key(table.partition_key),
            sort_key=_key(table.sort_key) if table.sort_key else None,
            billing=dynamodb.Billing.on_demand(),
            encryption=dynamodb.TableEncryptionV2.aws_managed_key(),
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=True,
            removal_policy=KEPT,
            time_to_live_attribute=table.ttl,
            warm_throughput=self._warmth() if table is tables.ADDRESSES else None,
            dynamo_stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES if table.streamed else None,
        )
        if table.index_partition_key:
            deployed.add_global_secondary_index(
                index_name=table.index_name,
                partition_key=_key(table.index_partition_key),
                sort_key=_key(table.index_sort_key) if table.index_sort_key else None,
            )
        if self._key:
            # The construct knows keys only where the region is known.
            resource = cast(dynamodb.CfnGlobalTable, deployed.node.default_child)
            resource.add_property_override("Replicas.0.SSESpecification", {"KMSMasterKeyId": self._key.key_arn})
        cdk.CfnOutput(self, name, value=deployed.table_name)
        return deployed

    def _warmth(self) -> dynamodb.WarmThroughput | None:
        """The throughput of the addresses when all phones come back at once: a read and a write for each."""
        if self._warm_writes is None:
            return None
        return dynamodb.WarmThroughput(
            read_units_per_second=max(COLD_READS, self._warm_writes), write_units_per_second=self._warm_writes
        )

    def _let_tables_use(self, key: kms.IKey) -> None:
        """Let DynamoDB use a key for each role that may use the tables, as it uses AWS's own."""
        key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.AnyPrincipal()],
                actions=["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
                resources=["*"],
                conditions={
                    "StringEquals": {
                        "kms:CallerAccount": self.account,
                        "kms:ViaService": f"dynamodb.{self.region}.amazonaws.com",
                    }
                },
            )
        )


def _key(attribute: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=attribute, type=dynamodb.AttributeType.STRING)
