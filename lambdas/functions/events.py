"""The tables' streams, turned into events: on EventBridge, and to the webhooks of each customer.

Input is a batch of records of a stream. The first record that fails comes again with those after it. So an event may be
delivered twice, with the same `id`, and none is lost. The records hold what must not be seen, so none is ever logged.
"""

from __future__ import annotations

import os
from typing import Any, Final

from aws_lambda_powertools import Logger

from directory.schema.stream import change
from lambdas import environment
from lambdas.event.events_from_changes import events_from_changes
from lambdas.event.publisher import Publisher
from lambdas.log_level import with_switched_log_level
from lambdas.model.event import Event
from lambdas.webhook.queue import DeliveryQueue

_publisher: Final = Publisher(environment.webhooks(), DeliveryQueue())
_logger: Final = Logger()


class UnpublishedError(Exception):
    """The first record of a batch has failed."""


@with_switched_log_level
def handler(batch: dict[str, Any], _: object) -> dict[str, Any]:
    """Publish the events of a batch of changes.

    Returns the number of the first record that failed, if any did. Raises UnpublishedError when it is the batch's
    first. After an error alone Lambda halves a batch, until a record that always fails is by itself.
    """
    records = batch["Records"]
    events = _events(records)
    refused = _publisher.publish([event for each in events for event in each])
    done = next((place for place, each in enumerate(events) if _ids(each) & refused), len(events))
    for event in [event for each in events[:done] for event in each]:
        _logger.debug(event["type"], extra={"event_id": event["id"], "customer_id": event["customer_id"]})
    if done == len(records):
        return {"batchItemFailures": []}
    if done == 0:
        raise UnpublishedError
    return {"batchItemFailures": [{"itemIdentifier": records[done]["dynamodb"]["SequenceNumber"]}]}


def _events(records: list[Any]) -> list[list[Event]]:
    """The events of each record, up to the first that can't be read."""
    found: list[list[Event]] = []
    for record in records:
        try:
            found.append(events_from_changes(change(record, os.environ)))
        except Exception as error:  # whatever is wrong with one record, the others before it are published
            _logger.error("unreadable", extra={"record": record["eventID"], "reason": type(error).__name__})
            break
    return found


def _ids(events: list[Event]) -> set[str]:
    return {event["id"] for event in events}
