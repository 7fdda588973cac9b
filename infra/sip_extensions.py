"""The construct that another CDK application makes an environment with."""

from __future__ import annotations

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.api_stack import ApiStack
from infra.configuration import Configuration
from infra.data_stack import DataStack
from infra.edge.stack import EdgeStack
from infra.events_stack import EventsStack
from infra.existing import Existing
from infra.monitoring.stack import MonitoringStack
from infra.nag_suppressions import suppress
from infra.page_stack import PageStack
from infra.zone import hosted_zone

# The templates are made for these, whatever the application that holds them has set for its own.
_FEATURE_FLAGS: Final = {
    "@aws-cdk/aws-apigateway:authorizerChangeDeploymentLogicalId": True,
    "@aws-cdk/aws-apigateway:logGroupDestinationArnWithoutWildcard": True,
    "@aws-cdk/aws-apigateway:requestValidatorUniqueId": True,
    "@aws-cdk/aws-iam:minimizePolicies": True,
    "@aws-cdk/core:checkSecretUsage": True,
    "@aws-cdk/core:defaultCrossStackReferences": "both",
    "@aws-cdk/core:target-partitions": ["aws", "aws-cn"],
    "@aws-cdk/core:validateSnapshotRemovalPolicy": True,
}
_NOTHING: Final = Existing()


class SipExtensions(Construct):
    """The stacks of one environment, named `sip-extensions-{environment}-...`. An application may hold several.

    Logical ids depend on the construct's path, from which CDK leaves out the id `Default`. An environment keeps its
    resources in another application when its path stays the same in this sense.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        configuration: Configuration,
        existing: Existing = _NOTHING,
        env: cdk.Environment | None = None,
    ) -> None:
        """`env` is the account and the region; those of the deployment by default. Raises ConfigurationError."""
        super().__init__(scope, construct_id)
        for flag, value in _FEATURE_FLAGS.items():
            self.node.set_context(flag, value)
        self._prefix = f"sip-extensions-{configuration.environment}"
        self.data = DataStack(self, self._name("data"), configuration=configuration, key=existing.table_key, env=env)
        tables, secret = self.data.tables, self.data.webhook_secret_arn
        zone = hosted_zone(self.data, configuration, existing.hosted_zone)
        self.events = EventsStack(
            self, self._name("events"), configuration=configuration, tables=tables, webhook_secret_arn=secret, env=env
        )
        self.api = ApiStack(
            self,
            self._name("api"),
            configuration=configuration,
            tables=tables,
            webhook_secret_arn=secret,
            push_key_arn=self.data.push_key_arn,
            zone=zone,
            env=env,
        )
        self.edge: EdgeStack | None = None
        if configuration.platform == "aws":
            self.edge = EdgeStack(
                self,
                self._name("edge"),
                configuration=configuration,
                tables=tables,
                push_key_arn=self.data.push_key_arn,
                zone=zone,
                vpc=existing.vpc,
                env=env,
            )
            # The API has to know whatever reason an edge may write down.
            self.edge.add_stack_dependency(self.api)
            MonitoringStack(
                self,
                self._name("monitoring"),
                configuration=configuration,
                events=self.events,
                api=self.api,
                edge=self.edge,
                topic=existing.alarm_topic,
                env=env,
            )
        if configuration.page:
            has_tls = bool(zone or configuration.certificate_arn)
            PageStack(
                self,
                self._name("page"),
                configuration=configuration,
                api_url=self.api.url,
                has_tls=has_tls,
                env=env,
            )
        for child in self.node.children:
            if isinstance(child, cdk.Stack):
                suppress(child, child.stack_name.removeprefix(f"{self._prefix}-"))
        if existing.permissions_boundary:
            iam.PermissionsBoundary.of(self).apply(existing.permissions_boundary)

    def _name(self, part: str) -> str:
        return f"{self._prefix}-{part}"
