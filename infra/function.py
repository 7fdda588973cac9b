"""One function of the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from directory.schema.tables import Table
from infra.configuration import Configuration
from infra.log import Log
from infra.permissions import Permission, allow


class Function(lambda_.Function):
    """A function with its log group, its permissions, and the names of the tables that it knows.

    `module` is the module below `lambdas.functions` whose `handler` it runs.
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
        log = Log(scope, f"{construct_id}Log", configuration=configuration)
        # AWS's own role for functions may write to every log of the account.
        role = iam.Role(
            scope, f"{construct_id}Role", assumed_by=cast(iam.IPrincipal, iam.ServicePrincipal("lambda.amazonaws.com"))
        )
        log.grant_write(role)
        super().__init__(
            scope,
            construct_id,
            role=cast(iam.IRole, role),
            handler=f"lambdas.functions.{module}.handler",
            code=code,
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            # CPU comes with memory, and a cold start is mostly importing.
            memory_size=1024,
            timeout=cdk.Duration.seconds(10),
            log_group=log,
            environment={
                "BASE_DOMAIN": configuration.base,
                "REALM": configuration.realm,
                "POWERTOOLS_SERVICE_NAME": module,
                "POWERTOOLS_METRICS_NAMESPACE": configuration.metrics_namespace,
                "POWERTOOLS_LOG_LEVEL": configuration.log_level,
                **{permission.table.variable: tables[permission.table].table_name for permission in permissions},
            },
        )
        allow(self, permissions, tables)
