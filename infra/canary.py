"""The canary: a function that registers, calls itself and listens for its tones each minute.

An alarm takes a deployment of the edges back when the canary fails meanwhile.
"""

from __future__ import annotations

from typing import Final, cast

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra import outputs
from infra.bundle import bundle
from infra.configuration import Configuration
from infra.log import Log

HEARD: Final = "CanaryHeard"
TIME: Final = "CanaryTime"
MINUTES: Final = 3
"""How many minutes in a row the canary fails before an alarm rings: a lost datagram or a moved flow fails one."""

_MINUTE: Final = cdk.Duration.minutes(1)


class Canary(Construct):
    """A function outside of the edges' network, so that it reaches `host` as phones do: over the internet."""

    def __init__(self, scope: Construct, construct_id: str, *, configuration: Configuration, host: str) -> None:
        super().__init__(scope, construct_id)
        self._namespace = configuration.metrics_namespace
        self.secret = secretsmanager.Secret(
            self,
            "Secret",
            description="SIP extensions: the extension of the canary, which sipctl canary makes",
            generate_secret_string=secretsmanager.SecretStringGenerator(
                secret_string_template="{}",  # noqa: S106
                generate_string_key="unused",
            ),
        )
        log = Log(self, "FunctionLog", configuration=configuration)
        role = iam.Role(
            self, "FunctionRole", assumed_by=cast(iam.IPrincipal, iam.ServicePrincipal("lambda.amazonaws.com"))
        )
        log.grant_write(role)
        role.add_to_principal_policy(
            iam.PolicyStatement(actions=["secretsmanager:GetSecretValue"], resources=[self.secret.secret_arn])
        )
        self.function = lambda_.Function(
            self,
            "Function",
            role=cast(iam.IRole, role),
            handler="sipctl.user_agent.canary.handler",
            code=lambda_.Code.from_asset(str(bundle(configuration.platform))),
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            memory_size=256,
            # Every step of a red canary may take its whole time (sipctl/user_agent/endpoint.py).
            timeout=_MINUTE,
            log_group=log,
            environment={
                "CANARY_SECRET": self.secret.secret_arn,
                "METRICS_NAMESPACE": configuration.metrics_namespace,
                "SIP_HOST": host,
            },
        )
        events.Rule(
            self,
            "EachMinute",
            schedule=events.Schedule.rate(_MINUTE),
            targets=[targets.LambdaFunction(cast(lambda_.IFunction, self.function), retry_attempts=0)],
        )
        cdk.CfnOutput(cdk.Stack.of(self), outputs.CANARY, value=self.secret.secret_arn)

    def gate(self, service: ecs.FargateService) -> None:
        """Let ECS take a deployment of the service back when the canary fails meanwhile.

        The alarm tells no topic, and missing data does not breach: the first deployment has no canary yet.
        """
        alarm = cloudwatch.Alarm(
            self,
            "Gate",
            metric=cloudwatch.Metric(namespace=self._namespace, metric_name=HEARD, statistic="Maximum", period=_MINUTE),
            threshold=1,
            comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            evaluation_periods=MINUTES,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description="The canary fails while edges are deployed, and ECS takes the deployment back. "
            "Runbook: docs/runbook.md#canary-fails",
        )
        service.enable_deployment_alarms([alarm.alarm_name], behavior=ecs.AlarmBehavior.ROLLBACK_ON_ALARM)
