"""The stack of the alarms and the dashboard."""

from __future__ import annotations

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from directory.tables import Table
from infra import outputs
from infra.api_stack import ApiStack
from infra.configuration import Configuration
from infra.edge.stack import EdgeStack
from infra.events_stack import EventsStack
from infra.monitoring.alarms import Alarms
from infra.monitoring.dashboard import Dashboard
from infra.monitoring.measured import Measured


class MonitoringStack(cdk.Stack):
    """Watches all other stacks."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        configuration: Configuration,
        tables: Mapping[Table, dynamodb.TableV2],
        events: EventsStack,
        api: ApiStack,
        edge: EdgeStack,
    ) -> None:
        super().__init__(scope, construct_id, description="SIP extensions: alarms and dashboard")
        topic = sns.Topic(self, "Topic", display_name=f"SIP extensions {configuration.environment}", enforce_ssl=True)
        if configuration.alarm_email:
            topic.add_subscription(subscriptions.EmailSubscription(configuration.alarm_email))
        measured = Measured(configuration)
        alarms = Alarms(
            self,
            "Alarms",
            measured=measured,
            events=events,
            api=api,
            edge=edge,
            tables=[table.table_name for table in tables.values()],
            calls_per_day=configuration.calls_per_day,
            topic=topic,
        )
        Dashboard(self, "Dashboard", measured=measured, api=api, edge=edge, alarms=alarms)
        cdk.CfnOutput(self, outputs.ALARM_TOPIC, value=topic.topic_arn)
