"""The tables' streams, turned into events: on EventBridge, and to the webhooks of each customer.

Input is a batch of records of a stream. Whatever fails, fails the batch, which comes again: an event may be delivered
twice, with the same `id`, and none is lost. The records hold what must not be seen, so none is ever logged.
"""

from __future__ import annotations

import os
from typing import Any, Final

from aws_lambda_powertools import Logger

from directory.stream import change
from lambdas import environment
from lambdas.event_bus import EventBus
from lambdas.happenings import happenings
from lambdas.log_level import followed
from lambdas.webhook.queue import DeliveryQueue

_webhooks: Final = environment.webhooks()
_bus: Final = EventBus()
_queue: Final = DeliveryQueue()
_logger: Final = Logger()


@followed
def handler(batch: dict[str, Any], _: object) -> None:
    """Publish what a batch of changes means."""
    events = [event for record in batch["Records"] for event in happenings(change(record, os.environ))]
    _bus.put(events)
    webhooks = {customer_id: _webhooks.of_customer(customer_id) for customer_id in {e["customer_id"] for e in events}}
    for event in events:
        for webhook in webhooks[event["customer_id"]]:
            if not webhook.types or event["type"] in webhook.types:
                _queue.add(webhook, event)
        _logger.debug(event["type"], extra={"event_id": event["id"], "customer_id": event["customer_id"]})
