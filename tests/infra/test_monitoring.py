"""Alarms and dashboard: they name metrics that the edge emits, and each says what to do."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from aws_cdk import App
from aws_cdk.assertions import Template

from directory.schema.reasons import Reason
from sip_edge.process import metrics
from tests.infra.conftest import template

# Besides counts: what the edge measures (sip_edge/process/server.py).
MEASURED = {
    *("Registrations", "Connections", "Retries", "AnswerTime", "ReadTime", "WriteTime", "ClockSkew"),
    *("MediaCalls", "MediaStreams", "MediaRelaysAway", "MediaJitter", "PushCustomers", "PushCustomersRefused"),
}
AWS = ("AWS/", "ECS/ContainerInsights")
# The gateway's answers, out of its access log (infra/api_stack.py).
FILTERED = {"ApiThrottled"}
# The ends of deliveries to webhooks (lambdas/functions/deliveries.py).
DELIVERIES = {"Delivered", "Undelivered"}
# The canary's (sipctl/user_agent/canary.py).
CANARY = {"CanaryHeard", "CanaryTime"}
EMITTED = MEASURED | {*metrics.COUNTS, metrics.CALLS, metrics.REFUSALS, metrics.PUSHES}


@pytest.fixture(scope="module")
def monitoring(app: App) -> Template:
    return template(app, "monitoring")


@pytest.fixture(scope="module")
def alarms(monitoring: Template) -> list[dict[str, Any]]:
    return [alarm["Properties"] for alarm in monitoring.find_resources("AWS::CloudWatch::Alarm").values()]


def watched(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    """The metrics that an alarm is made of."""
    if "MetricName" in alarm:
        return [alarm]
    return [m["MetricStat"]["Metric"] for m in alarm["Metrics"] if "MetricStat" in m]


def test_the_namespace_is_the_environments_own(alarms: list[dict[str, Any]], edge: Template) -> None:
    ours = {m["Namespace"] for alarm in alarms for m in watched(alarm) if not m["Namespace"].startswith(AWS)}
    assert ours == {"SipExtensions/live"}
    edge.has_resource_properties(
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        {
            "TargetTrackingScalingPolicyConfiguration": {
                "CustomizedMetricSpecification": {
                    "Namespace": "SipExtensions/live",
                    "MetricName": "Registrations",
                    "Statistic": "Average",
                },
                "TargetValue": 10_000,
            }
        },
    )


def test_every_metric_of_ours_is_emitted(alarms: list[dict[str, Any]], monitoring: Template) -> None:
    for alarm in alarms:
        for metric in watched(alarm):
            if not metric["Namespace"].startswith(AWS):
                assert metric["MetricName"] in EMITTED | FILTERED | DELIVERIES | CANARY
                reasons = [d["Value"] for d in metric.get("Dimensions", []) if d["Name"] == "Reason"]
                assert all(Reason(reason) for reason in reasons)
    body = _dashboard(monitoring)
    assert set(re.findall(r'"SipExtensions/live","(\w+)"', body)) <= EMITTED | CANARY
    assert set(re.findall(r"MetricName=(\w+)", body)) == {metrics.CALLS, metrics.REFUSALS, metrics.PUSHES}


def test_what_the_edge_emits_is_on_the_dashboard(monitoring: Template) -> None:
    body = _dashboard(monitoring)
    assert not {name for name in EMITTED - {"RegistrationsRefused", "Challenged"} if name not in body}
    assert set(re.findall(r"Canary\w+", body)) >= CANARY


def test_there_is_an_alarm_for_everything_that_goes_wrong(alarms: list[dict[str, Any]]) -> None:
    names = {metric["MetricName"] for alarm in alarms for metric in watched(alarm)}
    assert {
        "RegistrationsRefused",
        "RefusedForReason",
        "AnswerTime",
        "DirectoryUnavailable",
        "UnHealthyHostCount",
        "ThrottledRequests",
        "Throttles",
        "Latency",
        "5XXError",
        "Count",
        "CPUUtilization",
        "Errors",
    } <= names


def test_every_alarm_says_what_to_do_and_to_whom(alarms: list[dict[str, Any]], monitoring: Template) -> None:
    (topic,) = monitoring.find_resources("AWS::SNS::Topic")
    for alarm in alarms:
        assert len(alarm["AlarmDescription"]) > 80
        advice, _, _ = alarm["AlarmDescription"].partition(" Runbook: ")
        assert advice.endswith((".", ")."))
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": topic}]
        assert alarm["TreatMissingData"] in ("notBreaching", "breaching")


def test_all_functions_and_tables_are_watched(
    alarms: list[dict[str, Any]], api: Template, events: Template, data: Template
) -> None:
    throttles = [m["MetricName"] for alarm in alarms for m in watched(alarm)]
    # AWS's own helper functions, for the gateway's role and others, are not ours to watch.
    functions = [
        function
        for stack in (api, events)
        for function in stack.find_resources("AWS::Lambda::Function").values()
        if "Handler" in function["Properties"]
    ]
    ours = [f for f in functions if str(f["Properties"]["Handler"]).startswith("lambdas.")]
    assert throttles.count("Throttles") == len(ours)
    assert throttles.count("ThrottledRequests") == len(data.find_resources("AWS::DynamoDB::GlobalTable"))


def _dashboard(monitoring: Template) -> str:
    (dashboard,) = monitoring.find_resources("AWS::CloudWatch::Dashboard").values()
    body = dashboard["Properties"]["DashboardBody"]["Fn::Join"][1]
    text = "".join(part if isinstance(part, str) else "reference" for part in body)
    assert json.loads(text)["widgets"]
    return text
