"""The tables. They outlive everything else, so they have a stack of their own."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from directory import tables
from infra import outputs


class DataStack(cdk.Stack):
    """All tables of the directory; `tables` finds each by its description."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id, description="SIP extensions: what is stored")
        self.tables = {table: self._table(table) for table in tables.ALL}

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
            removal_policy=cdk.RemovalPolicy.RETAIN,
            time_to_live_attribute=table.ttl,
            dynamo_stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES if table.streamed else None,
        )
        if table.index_partition_key:
            deployed.add_global_secondary_index(
                index_name=table.index_name,
                partition_key=_key(table.index_partition_key),
                sort_key=_key(table.index_sort_key) if table.index_sort_key else None,
            )
        cdk.CfnOutput(self, name, value=deployed.table_name)
        return deployed


def _key(attribute: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=attribute, type=dynamodb.AttributeType.STRING)
