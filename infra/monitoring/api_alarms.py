"""The alarms about the REST API, its events and its tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from infra.api_stack import API_THROTTLED, ApiStack
from infra.events_stack import EventsStack
from infra.monitoring.alarms import Alarms
from infra.monitoring.measured import PERIOD, Measured

_HOUR: Final = cdk.Duration.hours(1)
_OLDEST_MS: Final = 5 * 60 * 1000


def watch_api(alarms: Alarms, measured: Measured, api: ApiStack, calls_per_day: int) -> None:
    """Add the alarms about calls that fail, wait or are too many."""
    alarms.above(
        "ApiErrors",
        api.api.metric_server_error(period=PERIOD, statistic="Sum"),
        5,
        "The API answers 5xx. The functions' logs have the request ids of the access log; see DynamoDB's throttles "
        "and take back the version that brought it.",
    )
    alarms.above(
        "ApiLatency",
        api.api.metric_latency(period=PERIOD, statistic="p99"),
        3000,
        "One call in a hundred takes more than three seconds. See the functions' durations and DynamoDB's latency.",
    )
    alarms.above(
        "ApiThrottled",
        measured.edges(API_THROTTLED),
        100,
        "Callers get 429. See in the access log whose calls they are and of which limit (error): a program that has "
        "gone wild loses its access key, an honest one needs a higher limit.",
    )
    alarms.above(
        "ApiQuota",
        api.api.metric_count(period=_HOUR, statistic="Sum"),
        calls_per_day / 24,
        "The API is called so often that the calls that customers may make in a day (calls_per_day) will not last: "
        "then all of them get 429 until midnight UTC; phones are not concerned. See in the access log who calls: "
        "delete the access keys of a program that has gone wild, or raise calls_per_day.",
    )


def watch_functions(alarms: Alarms, api: ApiStack, events: EventsStack) -> None:
    """Add an alarm for each function that Lambda may refuse to run."""
    for function in (*api.functions, *events.functions):
        alarms.above(
            "FunctionThrottles",
            function.metric_throttles(period=PERIOD),
            0,
            "Lambda has refused to run this function: the account's limit of concurrent executions is reached. "
            "See what uses it up, and ask AWS for more.",
            place=function.node.id,
        )


def watch_events(alarms: Alarms, measured: Measured, events: EventsStack) -> None:
    """Add the alarms about events that are lost, late or not taken."""
    alarms.above(
        "LostEvents",
        events.failed.metric_approximate_number_of_messages_visible(period=PERIOD, statistic="Maximum"),
        0,
        "Changes of the tables could not be made into events. The messages in the queue name the stream's records; "
        "the events function's log says what was wrong with them.",
        periods=1,
    )
    alarms.above(
        "LateEvents",
        events.reader.metric("IteratorAge", period=PERIOD, statistic="Maximum"),
        _OLDEST_MS,
        "Events come more than five minutes late: the events function fails and tries again, or can't keep up. Its log "
        "says why; a stream keeps what waits for 24 hours.",
    )
    alarms.above(
        "EventErrors",
        events.reader.metric_errors(period=PERIOD),
        0,
        "The events function fails. It tries again, and after its last try the changes are in the queue of lost "
        "events: read its log before that.",
        periods=3,
    )
    alarms.above(
        "WebhooksFail",
        cloudwatch.MathExpression(
            # The function tells each number only in minutes in which it is not 0.
            expression="IF(FILL(delivered, 0) + FILL(undelivered, 0) + errors > 50, "
            "100 * (FILL(undelivered, 0) + errors) / (FILL(delivered, 0) + FILL(undelivered, 0) + errors), 0)",
            using_metrics={
                "delivered": measured.edges("Delivered", service="deliveries"),
                "undelivered": measured.edges("Undelivered", service="deliveries"),
                "errors": events.deliverer.metric_errors(period=PERIOD),
            },
            period=PERIOD,
        ),
        90,
        "Nine of ten deliveries to webhooks fail, whosever they are. One customer's endpoint is theirs to mend; all of "
        "them together mean the function's way out or its secret: see its log.",
        periods=3,
    )


def watch_tables(alarms: Alarms, tables: Sequence[str]) -> None:
    """Add an alarm for each table that DynamoDB throttles.

    The metric is told while a table is throttled alone. An alarm on a metric of DynamoDB ignores missing data, so
    without FILL it would ring for ever (PutMetricAlarm, TreatMissingData).
    """
    for place, name in enumerate(tables):
        throttled = cloudwatch.Metric(
            namespace="AWS/DynamoDB",
            metric_name="ThrottledRequests",
            dimensions_map={"TableName": name},
            statistic="Sum",
            period=PERIOD,
        )
        alarms.above(
            "TableThrottles",
            cloudwatch.MathExpression(
                expression="FILL(throttled, 0)", using_metrics={"throttled": throttled}, period=PERIOD
            ),
            100,
            "DynamoDB throttles a table: one item is hot, or traffic has more than doubled within half an hour. "
            "On-demand tables follow within minutes; if it stays, find the hot key with contributor insights.",
            place=str(place or ""),
        )
