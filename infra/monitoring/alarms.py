"""What wakes somebody, and what they should do then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.api_stack import ApiStack
from infra.edge.stack import EdgeStack
from infra.events_stack import EventsStack
from infra.monitoring.measured import PERIOD, Measured

_TWICE: Final = 2
_HOUR: Final = cdk.Duration.hours(1)


class Alarms(Construct):
    """All alarms of an environment; each is told to a topic when it begins and when it ends.

    An alarm's description is the advice that comes with it: what it means, and where to look first.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        measured: Measured,
        events: EventsStack,
        api: ApiStack,
        edge: EdgeStack,
        tables: Sequence[str],
        calls_per_day: int,
        topic: sns.ITopic,
    ) -> None:
        super().__init__(scope, construct_id)
        self._tell = actions.SnsAction(topic)
        self._measured = measured
        self.all: list[cloudwatch.Alarm] = []
        self._watch_registrations()
        self._watch_edges(edge)
        self._watch_api(api, calls_per_day)
        self._watch_events(events)
        self._watch_tables(tables)

    def _watch_registrations(self) -> None:
        edges = self._measured.edges
        refused, registered, refreshed = edges("RegistrationsRefused"), edges("Registered"), edges("Refreshed")
        self._alarm(
            "RegistrationFailures",
            cloudwatch.MathExpression(
                expression="IF(refused > 50, 100 * refused / (refused + registered + refreshed), 0)",
                using_metrics={"refused": refused, "registered": registered, "refreshed": refreshed},
                period=PERIOD,
            ),
            20,
            "More than a fifth of the registrations are refused. Look at the reasons on the dashboard: one customer's "
            "wrong passwords are theirs to correct (GET /attempts tells which), all customers' mean a wrong realm or "
            "lost data.",
        )
        self._alarm(
            "UnauthorizedAttempts",
            cloudwatch.MathExpression(
                expression="FILL(wrong, 0) + FILL(unknown, 0)",
                using_metrics={
                    "wrong": edges("RefusedForReason", Reason="wrong_password"),
                    "unknown": edges("RefusedForReason", Reason="unknown_username"),
                },
                period=PERIOD,
            ),
            500,
            "Somebody tries passwords or usernames. Find the sources in the edges' log (register_refused by source); "
            "block those that are nobody's phone in the network's access list, and give extensions whose passwords may "
            "be known new ones.",
        )
        self._alarm(
            "DuplicateRegistrations",
            edges("RefusedForReason", Reason="second_device"),
            50,
            "Phones are refused because another device is registered at their extension. Look for the extensions in "
            "the edges' log (register_refused, second_device): raise max_devices, or give each device an extension.",
        )
        self._alarm(
            "SlowAnswers",
            edges("AnswerTime", "p99"),
            2000,
            "One phone in a hundred waits for more than two seconds to be registered. If ReadTime and WriteTime are "
            "high, too, it is DynamoDB: see its throttles; else it is the edges: see their CPU, and raise edges_most.",
        )
        self._alarm(
            "DirectoryUnavailable",
            edges("DirectoryUnavailable"),
            20,
            "Edges answer 503 because DynamoDB does not answer them. Look at AWS Health and at the tables' throttles; "
            "phones come back by themselves.",
        )
        self._alarm(
            "EdgeFailures",
            edges("Failures"),
            0,
            "An edge met what it was not made for, or can't read its keys or its certificate. The edges' log at level "
            "WARNING names the place; take back the version that brought it.",
        )
        self._alarm(
            "MediaRelaysLost",
            edges("MediaRelaysLost"),
            0,
            "A media relay does not answer its edge: calls that need one are refused. See the log of its container.",
        )

    def _watch_edges(self, edge: EdgeStack) -> None:
        for place, target_group in enumerate(edge.balancer.target_groups):
            self._alarm(
                f"UnhealthyEdges{place or ''}",
                target_group.metrics.un_healthy_host_count(period=PERIOD, statistic="Minimum"),
                0,
                "An edge has failed its health check for ten minutes. See its task's log and why it was stopped; ECS "
                "starts another, and when a whole zone is dark, shift traffic away from it (docs/deploying.md).",
            )
        self._alarm(
            "BusyEdges",
            edge.edges.service.metric_cpu_utilization(period=PERIOD, statistic="Average"),
            85,
            "The edges have no reserve left, although scaling should give them some: edges_most is reached, or "
            "Fargate has no capacity. Raise edges_most.",
        )
        self._alarm(
            "KeyRotationFailed",
            edge.keys.rotation.metric_errors(period=PERIOD),
            0,
            "The edges' keys were not rotated. They go on with those they have: read the rotation function's log, and "
            "rotate again with `aws secretsmanager rotate-secret`.",
        )

    def _watch_api(self, api: ApiStack, calls_per_day: int) -> None:
        self._alarm(
            "ApiErrors",
            api.api.metric_server_error(period=PERIOD, statistic="Sum"),
            5,
            "The API answers 5xx. The functions' logs have the request ids of the access log; see DynamoDB's throttles "
            "and take back the version that brought it.",
        )
        self._alarm(
            "ApiLatency",
            api.api.metric_latency(period=PERIOD, statistic="p99"),
            3000,
            "One call in a hundred takes more than three seconds. See the functions' durations and DynamoDB's latency.",
        )
        self._alarm(
            "ApiQuota",
            api.api.metric_count(period=_HOUR, statistic="Sum"),
            calls_per_day / 24,
            "The API is called so often that the calls that customers may make in a day (calls_per_day) will not last: "
            "then all of them get 429 until midnight UTC; phones are not concerned. See in the access log who calls: "
            "delete the access keys of a program that has gone wild, or raise calls_per_day.",
        )
        for function in api.functions:
            self._alarm(
                f"{function.node.id}Throttles",
                function.metric_throttles(period=PERIOD),
                0,
                "Lambda has refused to run this function: the account's limit of concurrent executions is reached. "
                "See who uses it up, and ask AWS for more.",
            )

    def _watch_events(self, events: EventsStack) -> None:
        self._alarm(
            "LostEvents",
            events.failed.metric_approximate_number_of_messages_visible(period=PERIOD, statistic="Maximum"),
            0,
            "Changes of the tables could not be made into events. The messages in the queue name the stream's records; "
            "the events function's log says what was wrong with them.",
        )

    def _watch_tables(self, tables: Sequence[str]) -> None:
        for place, name in enumerate(tables):
            self._alarm(
                f"TableThrottles{place or ''}",
                cloudwatch.Metric(
                    namespace="AWS/DynamoDB",
                    metric_name="ThrottledRequests",
                    dimensions_map={"TableName": name},
                    statistic="Sum",
                    period=PERIOD,
                ),
                100,
                "DynamoDB throttles a table: one item is hot, or traffic has more than doubled within half an hour. "
                "On-demand tables follow within minutes; if it stays, find the hot key with contributor insights.",
            )

    def _alarm(self, construct_id: str, metric: cloudwatch.IMetric, threshold: float, advice: str) -> None:
        alarm = cloudwatch.Alarm(
            self,
            construct_id,
            metric=metric,
            threshold=threshold,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=_TWICE,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=advice,
        )
        alarm.add_alarm_action(self._tell)
        alarm.add_ok_action(self._tell)
        self.all.append(alarm)
