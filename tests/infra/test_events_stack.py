from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import App
from aws_cdk.assertions import Template

from directory import tables
from tests.infra.conftest import template


@pytest.fixture(scope="module")
def events(app: App) -> Template:
    return template(app, "events")


def _properties(events: Template, kind: str) -> list[dict[str, Any]]:
    return [resource["Properties"] for resource in events.find_resources(f"AWS::{kind}").values()]


def test_every_streamed_table_is_followed_and_no_failed_change_is_lost(events: Template) -> None:
    mappings = _properties(events, "Lambda::EventSourceMapping")
    assert len(mappings) == sum(table.streamed for table in tables.ALL) == 3
    for mapping in mappings:
        assert mapping["StartingPosition"] == "TRIM_HORIZON"
        assert mapping["BisectBatchOnFunctionError"] is True
        assert mapping["MaximumRetryAttempts"] == 20
        assert mapping["DestinationConfig"]["OnFailure"]["Destination"]


def test_the_function_reads_streams_and_no_table(events: Template) -> None:
    statements = [s for p in _properties(events, "IAM::Policy") for s in p["PolicyDocument"]["Statement"]]
    actions = {a for s in statements for a in ([s["Action"]] if isinstance(s["Action"], str) else s["Action"])}
    assert actions == {
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "dynamodb:DescribeStream",
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
        "dynamodb:ListStreams",
        "events:PutEvents",
        "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl",
        "sqs:SendMessage",
    }
