"""The function that delivers: each message by itself, and no webhook more than its share."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import boto3
import pytest
from pydantic import TypeAdapter

from directory.api.delivery_leases import MOST_IN_FLIGHT, DeliveryLeases
from lambdas.model.event import Event
from lambdas.webhook.delivery import UndeliveredError
from lambdas.webhook.queue import BACKOFF_S
from tests import tables
from tests.lambdas.conftest import VARIABLES
from tests.lambdas.gateway import CONTEXT, Gateway

QUEUE = VARIABLES["DELIVERY_QUEUE"]


class Deliverer:
    """Stands for the network: the endpoints whose URLs end in `failing` take nothing."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str]] = []

    def deliver(self, webhook: Any, event: Event) -> int:
        if webhook.url.endswith("failing"):
            raise UndeliveredError("The answer was 500.")
        if webhook.url.endswith("broken"):
            raise ZeroDivisionError
        self.taken.append((webhook.id, event["id"]))
        return 204


@pytest.fixture
def deliverer(functions: dict[str, ModuleType], monkeypatch: pytest.MonkeyPatch) -> Deliverer:
    deliverer = Deliverer()
    monkeypatch.setattr(functions["(queue)"], "_deliverer", deliverer)
    return deliverer


class Queue:
    """The queue of deliveries, and the function that Lambda calls with its messages."""

    def __init__(self, function: ModuleType) -> None:
        self._function = function
        self.client = boto3.client("sqs", region_name="eu-central-1")
        self.client.create_queue(QueueName="deliveries", Attributes={"VisibilityTimeout": "60"})

    def messages(self) -> list[dict[str, Any]]:
        """All messages that are visible, taken as Lambda takes them."""
        got = self.client.receive_message(
            QueueUrl=QUEUE, MaxNumberOfMessages=10, AttributeNames=["All"], MessageAttributeNames=["All"]
        )
        return [dict(message) for message in got.get("Messages", [])]

    def add(self, webhook: dict[str, Any], event_id: str, **more: int) -> None:
        event = {"id": event_id, "type": "call.started", "customer_id": webhook["customer_id"]}
        body = {"customer_id": webhook["customer_id"], "webhook_id": webhook["id"], "event": event, **more}
        self.client.send_message(QueueUrl=QUEUE, MessageBody=json.dumps(body))

    def run(self) -> dict[str, Any]:
        """Call the function with all messages as one batch, and return the events that stay by their ids."""
        records = [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message["Attributes"],
            }
            for message in self.messages()
        ]
        answer = self._function.handler({"Records": records}, CONTEXT)
        kept = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        for record in records:
            if record["messageId"] not in kept:
                self.client.delete_message(QueueUrl=QUEUE, ReceiptHandle=record["receiptHandle"])
        return {json.loads(r["body"])["event"]["id"]: r for r in records if r["messageId"] in kept}


@pytest.fixture
def queue(functions: dict[str, ModuleType], client: Any) -> Queue:
    boto3.client("events", region_name="eu-central-1").create_event_bus(Name=VARIABLES["EVENT_BUS"])
    return Queue(functions["(queue)"])


def webhook(customer: Gateway, path: str, **more: Any) -> dict[str, Any]:
    body: dict[str, Any] = customer.call("POST", "/webhooks", {"url": f"https://example.com/{path}", **more}).body
    return body


@pytest.fixture
def pauses(functions: dict[str, ModuleType], monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The times for which messages are made invisible, in seconds."""
    found: list[int] = []
    client = functions["(queue)"]._queue._client
    really = client.change_message_visibility

    def change(**request: Any) -> Any:
        found.append(request["VisibilityTimeout"])
        return really(**request)

    monkeypatch.setattr(client, "change_message_visibility", change)
    return found


def test_a_message_that_fails_is_kept_and_the_others_are_done(
    customer: Gateway, queue: Queue, deliverer: Deliverer, pauses: list[int]
) -> None:
    good, failing, broken = (webhook(customer, path) for path in ("good", "failing", "broken"))
    for each, event_id in ((good, "a"), (failing, "b"), (good, "c"), (broken, "d"), (good, "e")):
        queue.add(each, event_id)
    queue.client.send_message(QueueUrl=QUEUE, MessageBody='{"event": {"id": "no delivery"}}')
    assert queue.run().keys() == {"b", "d", "no delivery"}
    assert sorted(event_id for _, event_id in deliverer.taken) == ["a", "c", "e"]
    assert pauses == [BACKOFF_S[0]]


def test_a_deleted_webhook_gets_nothing(customer: Gateway, queue: Queue, deliverer: Deliverer) -> None:
    gone = webhook(customer, "good")
    queue.add(gone, "a")
    customer.call("DELETE", f"/webhooks/{gone['id']}")
    assert (queue.run(), deliverer.taken) == ({}, [])


def test_a_disabled_webhook_gets_nothing_until_it_is_enabled(
    customer: Gateway, queue: Queue, deliverer: Deliverer, pauses: list[int]
) -> None:
    found = webhook(customer, "good")
    queue.add(found, "a")
    customer.call("PUT", f"/webhooks/{found['id']}", {"disabled": True})
    kept = queue.run()
    assert (set(kept), deliverer.taken, pauses) == ({"a"}, [], [BACKOFF_S[0]])
    customer.call("PUT", f"/webhooks/{found['id']}", {"disabled": False})
    queue.client.change_message_visibility(
        QueueUrl=QUEUE, ReceiptHandle=kept["a"]["receiptHandle"], VisibilityTimeout=0
    )
    assert (queue.run(), deliverer.taken) == ({}, [(found["id"], "a")])


def test_a_busy_webhook_is_left_alone_for_a_while(
    customer: Gateway, queue: Queue, deliverer: Deliverer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A delivery that is deferred is a new message: to be received would cost the old one a try."""
    slow, good = webhook(customer, "good"), webhook(customer, "good")
    leases = DeliveryLeases(boto3.client("dynamodb", region_name="eu-central-1"), tables.ENVIRONMENT)
    for _ in range(MOST_IN_FLIGHT):
        leases.take(slow["customer_id"], slow["id"])
    sent: list[dict[str, Any]] = []
    client = queue._function._queue._client
    monkeypatch.setattr(client, "send_message", lambda **request: sent.append(request))
    queue.add(slow, "a", failed=3, deferred=2)
    queue.add(slow, "b", deferred=50)
    queue.add(good, "c")
    assert queue.run() == {}
    assert deliverer.taken == [(good["id"], "c")]
    bodies = {body["event"]["id"]: body for body in (json.loads(request["MessageBody"]) for request in sent)}
    assert {name: (body["failed"], body["deferred"]) for name, body in bodies.items()} == {"a": (3, 3), "b": (0, 51)}
    assert {request["MessageGroupId"] for request in sent} == {slow["customer_id"]}
    assert all(1 <= request["DelaySeconds"] <= limit for request, limit in zip(sent, (8, 900), strict=True))


@pytest.mark.parametrize("failed", range(len(BACKOFF_S) + 2))
def test_the_pauses_and_the_last_try(
    customer: Gateway, queue: Queue, deliverer: Deliverer, pauses: list[int], failed: int
) -> None:
    """A message whose last try has failed is not tried again; SQS gives it up for being received too often."""
    queue.add(webhook(customer, "failing" if failed <= len(BACKOFF_S) else "good"), "a", failed=failed)
    assert queue.run().keys() == {"a"}
    assert pauses == [[*BACKOFF_S, 0, 0][failed]]
    assert deliverer.taken == []


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    now = [time.time()]
    with monkeypatch.context() as patch:
        patch.setattr("directory.api.delivery_leases.time.time", lambda: now[0])
        yield now


def test_a_webhook_that_fails_for_a_day_is_disabled_and_its_owner_told(
    customer: Gateway, queue: Queue, deliverer: Deliverer, clock: list[float]
) -> None:
    failing, other = webhook(customer, "failing"), webhook(customer, "other", types=["webhook.disabled"])
    webhook(customer, "calls", types=["call.started"])
    for hours in (0, 8, 8, 8):
        clock[0] += hours * 3600
        queue.add(failing, "a")
        assert queue.run().keys() == {"a"}
    shown = customer.call("GET", f"/webhooks/{failing['id']}").body
    assert (shown["disabled"], shown["disabled_reason"]) == (True, "failed_for_a_day")
    assert shown["failing_since"]
    (told,) = queue.messages()
    assert told["Attributes"]["MessageGroupId"] == customer.customer_id
    body = json.loads(told["Body"])
    assert body["webhook_id"] == other["id"]
    event = TypeAdapter(Event).validate_json(json.dumps(body["event"]), strict=True)
    assert event["type"] == "webhook.disabled"
    assert event["data"] == {key: shown[key] for key in ("id", "url", "disabled_reason", "failing_since")}


def test_the_owner_is_told_again_when_the_bus_takes_nothing(
    customer: Gateway, queue: Queue, deliverer: Deliverer, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = webhook(customer, "failing")
    bus = queue._function._publisher._bus._client
    with monkeypatch.context() as broken:
        broken.setattr("lambdas.sending._PAUSES_S", (0,))
        broken.setattr(bus, "put_events", lambda **_: {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "Busy"}]})
        for hours in (0, 12, 12):
            clock[0] += hours * 3600
            queue.add(failing, "a")
            queue.run()
    assert customer.call("GET", f"/webhooks/{failing['id']}").body["disabled"] is False
    queue.add(failing, "a")
    queue.run()
    assert customer.call("GET", f"/webhooks/{failing['id']}").body["disabled"] is True


def test_outcomes_are_counted(
    customer: Gateway, queue: Queue, deliverer: Deliverer, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in ("good", "failing", "good"):
        queue.add(webhook(customer, path), path)
    capsys.readouterr()
    queue.run()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (metrics,) = [line for line in lines if "_aws" in line]
    assert (metrics["Delivered"], metrics["Undelivered"]) == ([1, 1], [1])
