"""EventBridge, as far as events are put on it."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, cast

from directory.client import session
from lambdas.model.event import SOURCE, Event

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

_LARGEST: Final = 10  # the limit of PutEvents


class UndeliveredError(Exception):
    """The bus did not take all events."""


class EventBus:
    """The bus that EVENT_BUS names."""

    def __init__(self) -> None:
        self._client = cast("EventBridgeClient", session().create_client("events"))
        self._name = os.environ["EVENT_BUS"]

    def put(self, events: Sequence[Event]) -> None:
        """Put events on the bus. Raises UndeliveredError when it did not take one; it may have taken others."""
        for first in range(0, len(events), _LARGEST):
            entries = [self._entry(event) for event in events[first : first + _LARGEST]]
            answer = self._client.put_events(Entries=entries)
            if answer["FailedEntryCount"]:
                raise UndeliveredError(", ".join({e["ErrorCode"] for e in answer["Entries"] if "ErrorCode" in e}))

    def _entry(self, event: Event) -> PutEventsRequestEntryTypeDef:
        return {
            "EventBusName": self._name,
            "Source": SOURCE,
            "DetailType": event["type"],
            "Detail": json.dumps(event),
        }
