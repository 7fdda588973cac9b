"""One function of the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from directory.tables import Table
from infra.configuration import Configuration
from infra.permissions import Permission


class Function(lambda_.Function):
    """A function with its log group, its permissions, and the names of the tables that it knows.

    `module` is the module below `lambdas` whose `handler` it runs.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        module: str,
        code: lambda_.Code,
        configuration: Configuration,
        tables: Mapping[Table, dynamodb.ITableV2],
        permissions: Sequence[Permission],
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            handler=f"lambdas.{module}.handler",
            code=code,
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            # CPU comes with memory, and a cold start is mostly importing.
            memory_size=1024,
            timeout=cdk.Duration.seconds(10),
            log_group=logs.LogGroup(
                scope,
                f"{construct_id}Log",
                retention=logs.RetentionDays.ONE_MONTH,
                removal_policy=cdk.RemovalPolicy.DESTROY,
            ),
            environment={
                "BASE_DOMAIN": configuration.base,
                "REALM": configuration.realm,
                "POWERTOOLS_SERVICE_NAME": module,
                "POWERTOOLS_METRICS_NAMESPACE": "SipExtensions",
                "POWERTOOLS_LOG_LEVEL": configuration.log_level,
                **{permission.table.variable: tables[permission.table].table_name for permission in permissions},
            },
        )
        for permission in permissions:
            table_arn = tables[permission.table].table_arn
            self._allow(permission.actions, table_arn)
            self._allow(permission.index_actions, f"{table_arn}/index/{permission.table.index_name}")

    def _allow(self, actions: Sequence[str], resource: str) -> None:
        if actions:
            self.add_to_role_policy(
                iam.PolicyStatement(actions=[f"dynamodb:{action}" for action in actions], resources=[resource])
            )
