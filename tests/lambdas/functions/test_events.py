"""The function that reads the streams: in batches, of which a part may fail."""

from __future__ import annotations

import io
import json
from types import ModuleType
from typing import Any

import boto3
import pytest

from directory.schema import items, tables
from directory.schema.model import Extension
from lambdas.sending import send_all
from tests.lambdas.conftest import VARIABLES
from tests.lambdas.gateway import CONTEXT, Gateway

QUEUE = VARIABLES["DELIVERY_QUEUE"]
TABLE = VARIABLES[tables.EXTENSIONS.variable]


class Aws:
    """The bus and the queue as far as the function calls them. A call takes ten entries and 256 KiB, or part of them.

    `refuse` are the ids of events that are refused, so many times each.
    """

    def __init__(self) -> None:
        self.refuse: dict[str, int] = {}
        self.put: list[str] = []
        self.sent: list[tuple[str, str]] = []
        self.groups: set[str] = set()
        self.calls = 0

    def put_events(self, **request: Any) -> dict[str, Any]:
        entries = request["Entries"]
        self._check([entry["Detail"] for entry in entries])
        results: list[dict[str, str]] = []
        for entry in entries:
            event = json.loads(entry["Detail"])
            if self._refuses(event["id"]):
                results.append({"ErrorCode": "ThrottlingException", "ErrorMessage": "Rate exceeded"})
            else:
                self.put.append(event["id"])
                results.append({"EventId": "x"})
        return {"FailedEntryCount": sum("ErrorCode" in each for each in results), "Entries": results}

    def send_message_batch(self, **request: Any) -> dict[str, Any]:
        entries = request["Entries"]
        assert request["QueueUrl"] == QUEUE
        assert len({entry["Id"] for entry in entries}) == len(entries)
        self._check([entry["MessageBody"] for entry in entries])
        answer: dict[str, Any] = {"Successful": []}
        for entry in entries:
            body = json.loads(entry["MessageBody"])
            if self._refuses(f"queue/{body['event']['id']}"):
                failure = {"Id": entry["Id"], "Code": "InternalError", "SenderFault": False}
                answer.setdefault("Failed", []).append(failure)
            else:
                self.sent.append((body["webhook_id"], body["event"]["id"]))
                self.groups.add(entry["MessageGroupId"])
                answer["Successful"].append({"Id": entry["Id"], "MessageId": "x"})
        return answer

    def _check(self, texts: list[str]) -> None:
        self.calls += 1
        assert 1 <= len(texts) <= 10
        assert sum(len(text.encode()) for text in texts) <= 256 * 1024

    def _refuses(self, name: str) -> bool:
        left = self.refuse.get(name, 0)
        self.refuse[name] = left - 1
        return left > 0


@pytest.fixture
def aws(functions: dict[str, ModuleType], client: Any, monkeypatch: pytest.MonkeyPatch) -> Aws:
    aws = Aws()
    publisher = functions["(streams)"]._publisher
    monkeypatch.setattr(publisher._bus._client, "put_events", aws.put_events)
    monkeypatch.setattr(publisher._queue._client, "send_message_batch", aws.send_message_batch)
    monkeypatch.setattr("lambdas.sending._PAUSES_S", (0, 0))
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    return aws


def record(customer: Gateway, number: int, name: str = "Phone") -> dict[str, Any]:
    extension = Extension(customer.customer_id or "", f"id-{number}", name, "", "alice", "", "t1", "t1")
    return {
        "eventID": str(number),
        "eventSourceARN": f"arn:aws:dynamodb:eu-central-1:123456789012:table/{TABLE}/stream/2024",
        "dynamodb": {
            "ApproximateCreationDateTime": 1.0,
            "SequenceNumber": f"{number:021}",
            "NewImage": items.extension_item(extension),
        },
    }


@pytest.fixture
def handler(functions: dict[str, ModuleType]) -> Any:
    return lambda records: functions["(streams)"].handler({"Records": records}, CONTEXT)["batchItemFailures"]


def failed(number: int) -> list[dict[str, str]]:
    return [{"itemIdentifier": f"{number:021}"}]


def webhooks(customer: Gateway, count: int) -> list[str]:
    return [customer.call("POST", "/webhooks", {"url": "https://example.com/"}).body["id"] for _ in range(count)]


def test_a_full_batch_takes_few_calls(customer: Gateway, aws: Aws, handler: Any) -> None:
    ids = webhooks(customer, 10)
    assert handler([record(customer, n) for n in range(100)]) == []
    assert aws.put == [f"{n}-0" for n in range(100)]
    assert sorted(aws.sent) == sorted((webhook, f"{n}-0") for webhook in ids for n in range(100))
    assert aws.calls == 10 + 100
    assert aws.groups == {customer.customer_id}


def test_large_events_are_sent_in_more_calls(customer: Gateway, aws: Aws, handler: Any) -> None:
    """The text of a name may take six bytes a character in JSON."""
    webhooks(customer, 2)
    assert handler([record(customer, n, "\x01" * 10_000) for n in range(10)]) == []
    assert (len(aws.put), len(aws.sent)) == (10, 20)


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("place", ["", "queue/"])
def test_a_part_that_is_refused_is_sent_again(
    customer: Gateway, aws: Aws, handler: Any, place: str, times: int
) -> None:
    webhooks(customer, 1)
    aws.refuse = {f"{place}3-0": times, f"{place}7-0": 1}
    assert handler([record(customer, n) for n in range(12)]) == []
    assert sorted(aws.put) == sorted(event_id for _, event_id in aws.sent) == sorted(f"{n}-0" for n in range(12))


@pytest.mark.parametrize("place", ["", "queue/"])
def test_a_record_that_is_refused_each_time_comes_again_with_those_after_it(
    customer: Gateway, aws: Aws, handler: Any, place: str
) -> None:
    webhooks(customer, 1)
    aws.refuse = {f"{place}3-0": 9, f"{place}7-0": 9}
    assert handler([record(customer, n) for n in range(12)]) == failed(3)
    aws.refuse = {}
    assert handler([record(customer, n) for n in range(3, 12)]) == []
    assert set(aws.put) == {event_id for _, event_id in aws.sent} == {f"{n}-0" for n in range(12)}


@pytest.mark.parametrize("broken", [{"NewImage": {"secret": {"S": "the-ha1"}}}, {"ApproximateCreationDateTime": "?"}])
def test_a_record_that_cannot_be_read_keeps_no_other_from_being_told(
    customer: Gateway, aws: Aws, handler: Any, broken: dict[str, Any], logged: io.StringIO
) -> None:
    from lambdas.functions.events import UnpublishedError  # it starts with the variables that `functions` sets

    records = [record(customer, n) for n in range(5)]
    records[2]["dynamodb"] |= broken
    assert handler(records) == failed(2)
    assert aws.put == ["0-0", "1-0"]
    with pytest.raises(UnpublishedError):
        handler(records[2:])
    assert handler(records[3:]) == []
    assert aws.put == ["0-0", "1-0", "3-0", "4-0"]
    assert "the-ha1" not in logged.getvalue()


def test_nothing_is_lost_while_the_webhooks_cannot_be_read(customer: Gateway, aws: Aws, handler: Any) -> None:
    boto3.client("dynamodb", region_name="eu-central-1").delete_table(TableName=VARIABLES["WEBHOOKS_TABLE"])
    with pytest.raises(Exception, match="not found"):
        handler([record(customer, 1)])


def test_a_disabled_webhook_is_told_nothing(customer: Gateway, aws: Aws, handler: Any) -> None:
    disabled, enabled = webhooks(customer, 2)
    customer.call("PUT", f"/webhooks/{disabled}", {"disabled": True})
    assert handler([record(customer, 1)]) == []
    assert aws.sent == [(enabled, "1-0")]


def test_nothing_to_send_is_no_call() -> None:
    assert send_all([], lambda _: pytest.fail("a call")) == []
