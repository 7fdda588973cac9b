"""The alarms about edges: whether there are any, and how phones fare with them."""

from __future__ import annotations

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from infra.canary import HEARD, MINUTES
from infra.configuration import Configuration
from infra.edge.media_relay import CALLS_WANTED, MOST_CALLS
from infra.edge.stack import EdgeStack
from infra.monitoring.alarms import Alarms
from infra.monitoring.measured import PERIOD, Measured

_MINUTE: Final = cdk.Duration.minutes(1)
_ONCE: Final = 1
_PUSH_SERVICES: Final = ("apns", "fcm")


def watch_registrations(alarms: Alarms, measured: Measured) -> None:
    """Add the alarms about registrations that fail or wait."""
    edges = measured.edges
    refused, registered, refreshed = edges("RegistrationsRefused"), edges("Registered"), edges("Refreshed")
    alarms.above(
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
    alarms.above(
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
        "Passwords or usernames are being tried. Find the sources in the edges' log (register_refused by source); "
        "block those that are no phone of a customer in the network's access list, and give extensions whose "
        "passwords may be known new ones.",
    )
    alarms.above(
        "DuplicateRegistrations",
        edges("RefusedForReason", Reason="second_device"),
        50,
        "Phones are refused because another device is registered at their extension. Look for the extensions in "
        "the edges' log (register_refused, second_device): raise max_devices, or give each device an extension.",
    )
    alarms.above(
        "SlowAnswers",
        edges("AnswerTime", "p99"),
        2000,
        "One phone in a hundred waits for more than two seconds to be registered. If ReadTime and WriteTime are "
        "high, too, it is DynamoDB: see its throttles; else it is the edges: see their CPU, and raise edges_most.",
    )
    alarms.above(
        "DirectoryUnavailable",
        edges("DirectoryUnavailable"),
        20,
        "Edges answer 503 because DynamoDB does not answer them. Look at AWS Health and at the tables' throttles; "
        "phones come back by themselves.",
    )


def watch_edges(alarms: Alarms, measured: Measured, edge: EdgeStack, configuration: Configuration) -> None:
    """Add the alarms about edges that are missing, ill or busy."""
    sip, *_ = edge.balancer.target_groups
    alarms.below(
        "NoEdges",
        edge.balancer.hosts("HealthyHostCount", sip, _MINUTE, "Maximum"),
        1,
        "No edge is healthy, so no phone registers and no call passes. See why the service's tasks stop (its events, "
        "the edges' log), and take back the last deployment.",
        periods=3,
    )
    alarms.below(
        "FewEdges",
        _tasks(edge),
        configuration.edges_least,
        "Fewer edges run than edges_least: tasks don't start, or stop at once. See the service's events: Fargate may "
        "have no capacity in a zone, or the account's limit of vCPUs is reached.",
        periods=3,
    )
    for place, target_group in enumerate(edge.balancer.target_groups):
        alarms.above(
            "UnhealthyEdges",
            edge.balancer.hosts("UnHealthyHostCount", target_group, PERIOD, "Minimum"),
            0,
            "An edge has failed its health check for ten minutes. See its task's log and why it was stopped; ECS "
            "starts another, and when a whole zone is dark, shift traffic away from it (docs/deploying.md).",
            place=str(place or ""),
        )
    alarms.above(
        "BusyEdges",
        edge.edges.service.metric_cpu_utilization(period=PERIOD, statistic="Average"),
        85,
        "The edges have no reserve left, although scaling should give them some: edges_most is reached, or "
        "Fargate has no capacity. Raise edges_most.",
    )
    alarms.above(
        "EdgeFailures",
        measured.edges("Failures"),
        0,
        "An edge met what it was not made for, or can't read its keys or its certificate. The edges' log at level "
        "WARNING names the place; take back the version that brought it.",
        periods=_ONCE,
    )
    alarms.above(
        "ClockSkew",
        measured.edges("ClockSkew", "Maximum"),
        30,
        "The clocks of two edges are more than 30 seconds apart: they refuse each other's datagrams, and phones that "
        "move between them are challenged once more. The edges' log (clock_ahead) names the edge that is ahead, or an "
        "address that it has written.",
    )
    alarms.above(
        "KeyRotationFailed",
        edge.keys.rotation.metric_errors(period=PERIOD),
        0,
        "The edges' keys were not rotated. They go on with those they have: read the rotation function's log, and "
        "rotate again with `aws secretsmanager rotate-secret`.",
        periods=_ONCE,
    )


def watch_canary(alarms: Alarms, measured: Measured) -> None:
    """Add the alarm about calls that are not heard, whatever the reason."""
    alarms.below(
        "CanaryFails",
        measured.edges(HEARD, "Maximum", period=_MINUTE),
        1,
        "The canary can't register, call itself and hear its tones, or does not run. Its log names the step: phones "
        "meet the same. Without credentials it tells nothing: run sipctl canary.",
        periods=MINUTES,
    )


def watch_media(alarms: Alarms, measured: Measured) -> None:
    """Add the alarms about media relays."""
    alarms.above(
        "MediaRelaysLost",
        measured.edges("MediaRelaysAway", "Maximum", period=_MINUTE),
        0,
        "A media relay has not answered its edge for three minutes, although its container starts it again: the relays "
        "of other edges have its calls. See the log of its container, and stop its task if it does not come back.",
        periods=3,
    )
    alarms.above(
        "MediaFull",
        measured.edges("MediaCalls", "Maximum"),
        0.8 * MOST_CALLS,
        f"An edge's media relay has {MOST_CALLS} calls' worth of ports, and four fifths of them are used, although "
        f"edges are added from {CALLS_WANTED:.0f} calls each: edges_most is reached, or calls come faster than edges "
        "start. Calls go to the relays of other edges next, and are refused when all are full: raise edges_most, or "
        "edges_least for the hours in which many call.",
    )
    alarms.above(
        "CallEventsDropped",
        measured.edges("CallEventsDropped"),
        0,
        "Steps of calls could not be stored, so call events are missing. Look at the throttles of the calls table and "
        "at DynamoDB's times on the dashboard.",
    )


def watch_pushes(alarms: Alarms, measured: Measured) -> None:
    """Add the alarms about pushes that fail for all customers. One customer's bad key is that customer's to mend."""
    for service in _PUSH_SERVICES:
        outcomes = ("accepted", "device", "key", "provider", "edge")
        alarms.above(
            "PushesUnavailable",
            cloudwatch.MathExpression(
                expression="IF(FILL(provider, 0) + FILL(edge, 0) > 10, 100 * (FILL(provider, 0) + FILL(edge, 0)) / "
                "(FILL(accepted, 0) + FILL(device, 0) + FILL(key, 0) + FILL(provider, 0) + FILL(edge, 0)), 0)",
                using_metrics={name: measured.edges("Pushes", Service=service, Outcome=name) for name in outcomes},
                period=PERIOD,
            ),
            50,
            "More than half of the pushes of a service find no answer, so sleeping phones don't ring. Look at the "
            "status page of Apple or Google; if it is well, look at the edges' way out to the internet.",
            place=service.capitalize(),
        )
    alarms.above(
        "PushKeysRefused",
        cloudwatch.MathExpression(
            expression="IF(refused > 2, 100 * refused / pushed, 0)",
            using_metrics={
                "refused": measured.edges("PushCustomersRefused", "Maximum"),
                "pushed": measured.edges("PushCustomers", "Maximum"),
            },
            period=PERIOD,
        ),
        50,
        "The keys of most customers' push apps are refused, and of three at least, so it is no customer's mistake. "
        "Look at the clocks of the edges, and at the last deployment.",
    )


def _tasks(edge: EdgeStack) -> cloudwatch.Metric:
    """Returns the number of running edges (ECS Developer Guide, "Container Insights metrics")."""
    return cloudwatch.Metric(
        namespace="ECS/ContainerInsights",
        metric_name="RunningTaskCount",
        dimensions_map={
            "ClusterName": edge.edges.cluster.cluster_name,
            "ServiceName": edge.edges.service.service_name,
        },
        statistic="Average",
        period=PERIOD,
    )
