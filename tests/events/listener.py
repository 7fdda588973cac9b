"""A listener to the bus."""

from __future__ import annotations

import json
import time
from typing import Any
from uuid import uuid4

from pydantic import TypeAdapter

from infra import outputs
from lambdas.model.event import SOURCE, Event
from local.emulator import session
from tests.service import Service

_TIMEOUT_S = 30


class Listener:
    """Hears the events of one customer from now on."""

    def __init__(self, service: Service, customer_id: str) -> None:
        events = session().client("events", endpoint_url=service.endpoint)
        self._queues = session().client("sqs", endpoint_url=service.endpoint)
        name = f"listener-{uuid4().hex}"
        self._queue = self._queues.create_queue(QueueName=name)["QueueUrl"]
        attributes = self._queues.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])["Attributes"]
        bus = service.outputs[outputs.EVENT_BUS]
        pattern = {"source": [SOURCE], "detail": {"customer_id": [customer_id]}}
        events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps(pattern))
        events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "1", "Arn": attributes["QueueArn"]}])
        self._heard: list[dict[str, Any]] = []

    def wait_for(self, kind: str) -> dict[str, Any]:
        """The next event of that type. Each event has to fit its schema."""
        deadline = time.monotonic() + _TIMEOUT_S
        while True:
            for event in self._heard:
                if event["type"] == kind:
                    self._heard.remove(event)
                    return event
            assert time.monotonic() < deadline, f"no {kind}, but {[event['type'] for event in self._heard]}"
            self._listen()

    def _listen(self) -> None:
        got = self._queues.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in got.get("Messages", []):
            event = json.loads(message["Body"])
            assert event["detail-type"] == event["detail"]["type"]
            TypeAdapter(Event).validate_json(json.dumps(event["detail"]), strict=True)
            self._heard.append(event["detail"])
            self._queues.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
