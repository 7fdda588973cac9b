"""The template of the events' stack."""

from __future__ import annotations

from typing import Any

from aws_cdk.assertions import Template

from directory.api.delivery_leases import MOST_IN_FLIGHT
from directory.schema import tables
from lambdas.webhook.queue import BACKOFF_S


def _properties(events: Template, kind: str) -> list[dict[str, Any]]:
    return [resource["Properties"] for resource in events.find_resources(f"AWS::{kind}").values()]


def test_every_streamed_table_is_followed_and_no_failed_change_is_lost(events: Template) -> None:
    mappings = [m for m in _properties(events, "Lambda::EventSourceMapping") if "StartingPosition" in m]
    assert len(mappings) == sum(table.streamed for table in tables.ALL) == 4
    for mapping in mappings:
        assert mapping["StartingPosition"] == "TRIM_HORIZON"
        assert mapping["BisectBatchOnFunctionError"] is True
        assert mapping["MaximumRetryAttempts"] == 20
        assert mapping["DestinationConfig"]["OnFailure"]["Destination"]
        assert mapping["MaximumBatchingWindowInSeconds"] == 2
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_a_webhook_never_has_all_deliveries_that_run_at_a_time(events: Template) -> None:
    (mapping,) = [m for m in _properties(events, "Lambda::EventSourceMapping") if "StartingPosition" not in m]
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["BatchSize"] * mapping["ScalingConfig"]["MaximumConcurrency"] == 4 * MOST_IN_FLIGHT


def test_a_delivery_that_fails_again_and_again_is_kept_aside(events: Template) -> None:
    (queue,) = [queue for queue in _properties(events, "SQS::Queue") if "RedrivePolicy" in queue]
    assert queue["RedrivePolicy"]["maxReceiveCount"] == len(BACKOFF_S) + 1
    assert queue["VisibilityTimeout"] == 60
    assert all(queue["MessageRetentionPeriod"] == 14 * 86400 for queue in _properties(events, "SQS::Queue"))


def test_webhooks_are_public_unless_somebody_says_otherwise(events: Template) -> None:
    functions = [function["Environment"]["Variables"] for function in _properties(events, "Lambda::Function")]
    assert [variables.get("PRIVATE_WEBHOOKS", "false") for variables in functions] == ["false", "false"]


def test_the_functions_do_to_tables_what_they_must(events: Template) -> None:
    statements = [s for p in _properties(events, "IAM::Policy") for s in p["PolicyDocument"]["Statement"]]
    actions = {a for s in statements for a in ([s["Action"]] if isinstance(s["Action"], str) else s["Action"])}
    assert {a for a in actions if a.startswith("dynamodb:")} == {
        "dynamodb:DescribeStream",
        "dynamodb:GetItem",
        "dynamodb:UpdateItem",
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
        "dynamodb:ListStreams",
        "dynamodb:Query",
    }
