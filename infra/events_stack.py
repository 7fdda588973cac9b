"""Events: the tables' streams, the function that reads them, the bus that carries what they mean, and webhooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from directory.schema.tables import ALL, Table
from infra import outputs, permissions
from infra.bundle import bundle
from infra.configuration import Configuration
from infra.function import Function

_MOST_TRIES: Final = 20
# Most changes of addresses are refreshes, which mean no event: without a window each is an invocation of its own.
_WINDOW: Final = cdk.Duration.seconds(2)
_MOST_DELIVERIES: Final = 20  # at a time, of which a webhook has five (directory/api/delivery_leases.py)
# In step with lambdas/webhook/queue.py: one try and then one after each pause.
_DELIVERY_TRIES: Final = 8


class EventsStack(cdk.Stack):
    """Makes events and webhook deliveries from the changes of the given tables."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        configuration: Configuration,
        tables: Mapping[Table, dynamodb.TableV2],
        webhook_secret_arn: str,
        env: cdk.Environment | None,
    ) -> None:
        super().__init__(scope, construct_id, stack_name=construct_id, env=env, description="SIP extensions: events")
        self._bus = events.EventBus(self, "Bus", event_bus_name=self.stack_name)
        self._configuration = configuration
        self._tables = tables
        self._webhook_secret_arn = webhook_secret_arn
        self._code = lambda_.Code.from_asset(str(bundle(configuration.platform)))
        deliveries = self._deliveries()
        function = self.reader = self._function("EventsFunction", "events", permissions.EVENTS)
        self._let_publish(function, deliveries)
        # Where the stream has the records that could not be made into events; SQS keeps that for two weeks.
        self.failed = self._queue("FailedChanges")
        for table in ALL:
            if table.streamed:
                function.add_event_source(
                    sources.DynamoEventSource(
                        tables[table],
                        starting_position=lambda_.StartingPosition.TRIM_HORIZON,
                        batch_size=100,
                        max_batching_window=_WINDOW,
                        report_batch_item_failures=True,
                        retry_attempts=_MOST_TRIES,
                        bisect_batch_on_error=True,
                        on_failure=sources.SqsDlq(self.failed),
                    )
                )
        cdk.CfnOutput(self, outputs.EVENT_BUS, value=self._bus.event_bus_name)

    @property
    def functions(self) -> tuple[Function, ...]:
        """The function that reads the streams, and the one that delivers to webhooks."""
        return self.reader, self.deliverer

    def _deliveries(self) -> sqs.Queue:
        """The queue of what is to be delivered to webhooks, and the function that does it."""
        queue = self._queue(
            "Deliveries",
            # A delivery whose function has died comes again after that time; what fails sets a time of its own.
            visibility_timeout=cdk.Duration.seconds(60),
            dead_letter_queue=sqs.DeadLetterQueue(
                queue=self._queue("FailedDeliveries"), max_receive_count=_DELIVERY_TRIES
            ),
        )
        function = self.deliverer = self._function("DeliveriesFunction", "deliveries", permissions.DELIVERIES)
        self._let_publish(function, queue)
        let_deliver(function, self._configuration, self._webhook_secret_arn)
        function.add_event_source(
            sources.SqsEventSource(
                queue, batch_size=1, max_concurrency=_MOST_DELIVERIES, report_batch_item_failures=True
            )
        )
        return queue

    def _let_publish(self, function: Function, deliveries: sqs.Queue) -> None:
        """Give a function what it needs to put events on the bus and deliveries into their queue."""
        function.add_environment("EVENT_BUS", self._bus.event_bus_name)
        function.add_environment("DELIVERY_QUEUE", deliveries.queue_url)
        self._bus.grant_put_events_to(function)
        deliveries.grant_send_messages(function)

    def _queue(self, construct_id: str, **more: Any) -> sqs.Queue:
        return sqs.Queue(
            self,
            construct_id,
            retention_period=cdk.Duration.days(14),
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=self._configuration.platform == "aws",  # a machine speaks to itself without
            **more,
        )

    def _function(self, construct_id: str, module: str, permitted: Sequence[permissions.Permission]) -> Function:
        return Function(
            self,
            construct_id,
            module=module,
            code=self._code,
            configuration=self._configuration,
            tables=self._tables,
            permissions=permitted,
        )


def let_deliver(function: Function, configuration: Configuration, secret_arn: str) -> None:
    """Give a function what it needs to deliver to webhooks, whose secrets are derived from the one of an ARN."""
    function.add_environment("WEBHOOK_SECRET", secret_arn)
    function.add_environment("PRIVATE_WEBHOOKS", str(configuration.private_webhooks).lower())
    function.add_to_role_policy(iam.PolicyStatement(actions=["secretsmanager:GetSecretValue"], resources=[secret_arn]))
