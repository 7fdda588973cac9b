"""The stack of the alarms and the dashboard."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra import outputs
from infra.api_stack import ApiStack
from infra.configuration import Configuration
from infra.edge.stack import EdgeStack
from infra.events_stack import EventsStack
from infra.monitoring.alarms import Alarms
from infra.monitoring.api_alarms import watch_api, watch_events, watch_functions, watch_tables
from infra.monitoring.dashboard import Dashboard
from infra.monitoring.edge_alarms import watch_canary, watch_edges, watch_media, watch_pushes, watch_registrations
from infra.monitoring.measured import Measured


class MonitoringStack(cdk.Stack):
    """Watches all other stacks."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        configuration: Configuration,
        events: EventsStack,
        api: ApiStack,
        edge: EdgeStack,
        topic: sns.ITopic | None,
        env: cdk.Environment | None,
    ) -> None:
        super().__init__(
            scope, construct_id, stack_name=construct_id, env=env, description="SIP extensions: alarms and dashboard"
        )
        topic = topic or self._topic(configuration)
        measured = Measured(configuration)
        alarms = Alarms(self, "Alarms", topic=topic)
        watch_registrations(alarms, measured)
        watch_edges(alarms, measured, edge, configuration)
        watch_media(alarms, measured)
        watch_pushes(alarms, measured)
        watch_canary(alarms, measured)
        watch_api(alarms, measured, api, configuration.calls_per_day)
        watch_functions(alarms, api, events)
        watch_events(alarms, measured, events)
        watch_tables(alarms, [table.table_name for table in api.tables.values()])
        Dashboard(self, "Dashboard", measured=measured, api=api, edge=edge, alarms=alarms)
        cdk.CfnOutput(self, outputs.ALARM_TOPIC, value=topic.topic_arn)

    def _topic(self, configuration: Configuration) -> sns.Topic:
        """The topic that alarms publish to.

        Its policy replaces the default one, so it has to let CloudWatch publish.
        The SNS Developer Guide tells so in "Default access policy".
        """
        topic = sns.Topic(self, "Topic", display_name=f"SIP extensions {configuration.environment}", enforce_ssl=True)
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AllowAlarms",
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                # No alarm of another account may publish in CloudWatch's name ("confused deputy").
                conditions={"StringEquals": {"aws:SourceAccount": self.account}},
            )
        )
        if configuration.alarm_email:
            topic.add_subscription(subscriptions.EmailSubscription(configuration.alarm_email))
        return topic
