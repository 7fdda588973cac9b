"""Alarms ring when something breaks, within their time, and never on quiet days."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pytest
from aws_cdk import App

from infra.monitoring.alarms import RUNBOOK
from tests.infra.account import scenes
from tests.infra.account.alarms import Alarm, Samples
from tests.infra.account.resources import Resource, Resources
from tests.infra.conftest import templates_of

_ROOT: Final = Path(__file__).parents[2]
_MONTH_MIN: Final = 30 * 24 * 60


@pytest.fixture(scope="module")
def resources(app: App) -> Resources:
    return Resources(templates_of(app))


@pytest.fixture(scope="module")
def alarms(resources: Resources) -> list[Alarm]:
    return [Alarm(resource) for resource in resources.of_type("AWS::CloudWatch::Alarm")]


def ringing(alarms: list[Alarm], samples: Samples, minutes: int) -> set[str]:
    """The names of the alarms that ring at some moment of a scene."""
    names = {alarm.name for alarm in alarms if any(rings for _, rings in alarm.rings(samples, minutes))}
    return {re.sub("[0-9A-F]{8}$", "", name).removeprefix("Alarms") for name in names}


@pytest.mark.parametrize(
    ("scene", "within_min", "name"),
    [
        (scenes.ALL_EDGES_DIE, 5, "NoEdges"),
        (scenes.ALL_EDGES_DIE, 15, "FewEdges"),
        (scenes.NO_CAPACITY, 15, "FewEdges"),
        (scenes.ONE_RELAY_DIES, 5, "MediaRelaysLost"),
        (scenes.APPLE_IS_AWAY, 10, "PushesUnavailableApns"),
        (scenes.CREDENTIALS_UNREADABLE, 10, "PushesUnavailableFcm"),
        (scenes.ALL_PUSH_KEYS_REFUSED, 10, "PushKeysRefused"),
        (scenes.CANARY_RED, 3, "CanaryFails"),
        (scenes.CANARY_SILENT, 3, "CanaryFails"),
        (scenes.ALL_EDGES_DIE, 3, "CanaryFails"),
        (scenes.MEDIA_FULL, 10, "MediaFull"),
        (scenes.ROTATION_FAILS_ONCE, 5, "KeyRotationFailed"),
        (scenes.ONE_FAILURE, 5, "EdgeFailures"),
        (scenes.ONE_CLOCK_IS_WRONG, 10, "ClockSkew"),
        (scenes.STREAM_STANDS_STILL, 15, "LateEvents"),
        (scenes.STREAM_STANDS_STILL, 15, "EventErrors"),
        (scenes.EVENTS_LOST, 5, "LostEvents"),
        (scenes.WEBHOOKS_ALL_FAIL, 15, "WebhooksFail"),
        (scenes.DELIVERIES_CRASH, 15, "WebhooksFail"),
        (scenes.API_THROTTLED, 10, "ApiThrottled"),
        (scenes.LAMBDA_THROTTLED, 10, "FunctionThrottlesEventsFunction"),
        (scenes.ZONE_GONE, 10, "UnhealthyEdges"),
        (scenes.TABLE_THROTTLED, 10, "TableThrottles"),
    ],
)
def test_a_scene_pages_within_its_time(alarms: list[Alarm], scene: Samples, within_min: int, name: str) -> None:
    assert name in ringing(alarms, scene, within_min)


def test_a_dead_relay_keeps_paging_until_it_is_back(alarms: list[Alarm]) -> None:
    (relays,) = [alarm for alarm in alarms if "MediaRelaysLost" in alarm.name]
    assert [rings for _, rings in relays.rings(scenes.ONE_RELAY_DIES, 24 * 60)] == [True]


def test_one_customers_refused_key_pages_never(alarms: list[Alarm]) -> None:
    assert ringing(alarms, scenes.ONE_PUSH_KEY_REFUSED, 24 * 60) == set()


def test_a_service_that_is_away_does_not_page_for_the_other(alarms: list[Alarm]) -> None:
    assert ringing(alarms, scenes.APPLE_IS_AWAY, 24 * 60) == {"PushesUnavailableApns"}


def test_a_quiet_month_pages_never(alarms: list[Alarm]) -> None:
    assert ringing(alarms, scenes.scene(), _MONTH_MIN) == set()


def test_an_alarm_on_a_throttled_table_ends(alarms: list[Alarm]) -> None:
    """DynamoDB tells nothing of a table that is not throttled, and alarms on its metrics ignore what is missing."""
    samples = scenes.scene(ThrottledRequests=lambda metric, minute: (100,) if minute < 20 else ())
    tables = [alarm for alarm in alarms if "TableThrottles" in alarm.name]
    assert all([rings for _, rings in alarm.rings(samples, 60)] == [True, False] for alarm in tables)


@pytest.mark.parametrize(
    ("missing", "told", "rings"),
    [
        ("notBreaching", [1, None, 1, 1], [3]),
        ("notBreaching", [None, None, None, 1], []),
        ("breaching", [None, None, None], [2]),
        ("missing", [None, None, None], []),
        ("ignore", [1, 1, None, None, None, None], [2]),
    ],
)
def test_missing_data(missing: str, told: list[float | None], rings: list[int]) -> None:
    """Two periods of a minute, after the tables of the document."""
    properties: dict[str, Any] = {
        "Namespace": "ours",
        "MetricName": "m",
        "Statistic": "Sum",
        "Period": 60,
        "Threshold": 0,
        "ComparisonOperator": "GreaterThanThreshold",
        "EvaluationPeriods": 2,
        "TreatMissingData": missing,
    }
    alarm = Alarm(Resource("stack", "Alarm", "AWS::CloudWatch::Alarm", "alarm", "arn", properties))

    def samples(_: object, minute: int) -> list[float]:
        value = told[minute]
        return [] if value is None else [value]

    assert [minute for minute, is_ringing in alarm.rings(samples, len(told)) if is_ringing] == rings


def test_every_alarm_has_its_part_of_the_runbook(resources: Resources) -> None:
    headings = re.findall(r"^## (.+)$", (_ROOT / RUNBOOK).read_text(), re.MULTILINE)
    anchors = {heading.lower().replace(" ", "-") for heading in headings}
    descriptions = [alarm.properties["AlarmDescription"] for alarm in resources.of_type("AWS::CloudWatch::Alarm")]
    named = [re.search(rf"Runbook: {RUNBOOK}#([a-z-]+)$", description) for description in descriptions]
    assert {found and found[1] for found in named} == anchors
