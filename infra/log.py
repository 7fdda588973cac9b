"""Where logs go."""

from __future__ import annotations

from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.configuration import Configuration


class Log(logs.LogGroup):
    """A log group that keeps what it gets for as long as the configuration says, and goes with its stack."""

    def __init__(
        self, scope: Construct, construct_id: str, *, configuration: Configuration, name: str | None = None
    ) -> None:
        super().__init__(scope, construct_id, log_group_name=name, removal_policy=cdk.RemovalPolicy.DESTROY)
        cast(logs.CfnLogGroup, self.node.default_child).retention_in_days = configuration.log_days
