"""Builds the dashboard that the person on call reads first."""

from __future__ import annotations

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.api_stack import ApiStack
from infra.canary import HEARD, TIME
from infra.edge.stack import EdgeStack
from infra.monitoring.alarms import Alarms
from infra.monitoring.measured import PERIOD, Measured


class Dashboard(cloudwatch.Dashboard):
    """From what phones see, above, to what it may come from, below."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        measured: Measured,
        api: ApiStack,
        edge: EdgeStack,
        alarms: Alarms,
    ) -> None:
        super().__init__(scope, construct_id)
        edges = measured.edges
        self.add_widgets(cloudwatch.AlarmStatusWidget(title="Alarms", alarms=alarms.all, width=24, height=4))
        self.add_widgets(
            _graph("Registered devices", edges("Registrations"), edges("Connections")),
            _graph("Registrations", edges("Registered"), edges("Refreshed"), edges("Unregistered")),
            _graph("Refused registrations by reason", measured.by("RefusedForReason", "Reason")),
        )
        self.add_widgets(
            _graph("Calls by outcome", measured.by("Calls", "Outcome")),
            _graph(
                "Pushes by service and outcome",
                measured.by("Pushes", "Service,Outcome"),
                right=edges("PushCustomersRefused", "Maximum"),
            ),
            _graph("Customers with pushes", edges("PushCustomers", "Maximum")),
            _graph(
                "Time to register (ms)", *(edges("AnswerTime", statistic) for statistic in ("p50", "p99", "Maximum"))
            ),
            _graph(
                "Dropped and rejected messages",
                edges("Dropped"),
                edges("Rejected"),
                edges("Shed"),
                edges("StaleNonces"),
            ),
        )
        self.add_widgets(
            _graph("DynamoDB time (ms)", edges("ReadTime", "p99"), edges("WriteTime", "p99")),
            _graph("DynamoDB trouble", edges("Retries"), edges("DirectoryUnavailable")),
            _graph(
                "Edge trouble",
                *map(edges, ("Failures", "SilentEdges", "MediaRelaysLost", "MediaRelaysAway", "CallEventsDropped")),
            ),
            _graph("Clock skew of the edges (s)", edges("ClockSkew", "Maximum")),
        )
        self.add_widgets(
            _graph("Relayed calls and streams", edges("MediaCalls"), edges("MediaStreams"), edges("MediaStopped")),
            _graph("Relayed packets", edges("MediaPackets"), right=edges("MediaPacketsLost")),
            _graph("Canary: heard, time (ms)", edges(HEARD, "Minimum"), right=edges(TIME, "Maximum")),
            _graph("Jitter (ms)", *(edges("MediaJitter", statistic) for statistic in ("p50", "p99", "Maximum"))),
        )
        self.add_widgets(
            _graph(
                "Healthy edges",
                *(
                    edge.balancer.hosts("HealthyHostCount", target_group, PERIOD, "Average")
                    for target_group in edge.balancer.target_groups
                ),
            ),
            _graph(
                "CPU and memory of the edges (%)",
                edge.edges.service.metric_cpu_utilization(period=PERIOD),
                edge.edges.service.metric_memory_utilization(period=PERIOD),
            ),
            _graph(
                "API",
                api.api.metric_count(period=PERIOD),
                api.api.metric_client_error(period=PERIOD),
                api.api.metric_server_error(period=PERIOD),
                right=api.api.metric_latency(period=PERIOD, statistic="p99"),
            ),
        )


def _graph(title: str, *left: cloudwatch.IMetric, right: cloudwatch.IMetric | None = None) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(left), right=[right] if right else None, width=8)
