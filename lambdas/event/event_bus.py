"""EventBridge, as far as events are put on it."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from directory.client import session
from lambdas.model.event import SOURCE, Event
from lambdas.sending import Message, send_all

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef


class EventBus:
    """The bus that EVENT_BUS names."""

    def __init__(self) -> None:
        self._client = cast("EventBridgeClient", session().create_client("events"))
        self._name = os.environ["EVENT_BUS"]

    def put(self, events: Sequence[Event]) -> list[Event]:
        """Put events on the bus, and return those that it refuses."""
        return send_all([(event, json.dumps(event)) for event in events], self._put)

    def _put(self, messages: list[Message]) -> list[Message]:
        # The answer has an entry for each of the request, in its order (EventBridge API, PutEvents).
        results = self._client.put_events(Entries=[self._entry(*message) for message in messages])["Entries"]
        return [message for message, result in zip(messages, results, strict=True) if "ErrorCode" in result]

    def _entry(self, event: Event, text: str) -> PutEventsRequestEntryTypeDef:
        return {"EventBusName": self._name, "Source": SOURCE, "DetailType": event["type"], "Detail": text}
