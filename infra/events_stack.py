"""Events: the tables' streams, the function that reads them, and the bus that carries what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from directory.tables import ALL, Table
from infra import outputs, permissions
from infra.bundle import bundle
from infra.configuration import Configuration
from infra.function import Function

_MOST_TRIES: Final = 20


class EventsStack(cdk.Stack):
    """What is made of the changes of the given tables."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        configuration: Configuration,
        tables: Mapping[Table, dynamodb.TableV2],
    ) -> None:
        super().__init__(scope, construct_id, description="SIP extensions: events")
        bus = events.EventBus(self, "Bus", event_bus_name=self.stack_name)
        function = Function(
            self,
            "EventsFunction",
            module="events",
            code=lambda_.Code.from_asset(str(bundle(configuration.platform))),
            configuration=configuration,
            tables=tables,
            permissions=permissions.EVENTS,
        )
        function.add_environment("EVENT_BUS", bus.event_bus_name)
        bus.grant_put_events_to(function)
        # Where the stream has the records that could not be made into events; SQS keeps that for two weeks.
        self.failed = sqs.Queue(
            self,
            "FailedChanges",
            retention_period=cdk.Duration.days(14),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
        )
        for table in ALL:
            if table.streamed:
                function.add_event_source(
                    sources.DynamoEventSource(
                        tables[table],
                        starting_position=lambda_.StartingPosition.TRIM_HORIZON,
                        batch_size=100,
                        retry_attempts=_MOST_TRIES,
                        bisect_batch_on_error=True,
                        on_failure=sources.SqsDlq(self.failed),
                    )
                )
        cdk.CfnOutput(self, outputs.EVENT_BUS, value=bus.event_bus_name)
