"""Publishes events: on the event bus, and to the webhooks of their customers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from directory.api.webhooks import Webhooks
from directory.schema.model import Webhook
from lambdas.event.event_bus import EventBus
from lambdas.model.event import Event
from lambdas.webhook.queue import DeliveryQueue


class Publisher:
    """Publishes on the bus that EVENT_BUS names, and through a queue of deliveries to webhooks."""

    def __init__(self, webhooks: Webhooks, queue: DeliveryQueue) -> None:
        self._webhooks = webhooks
        self._queue = queue
        self._bus = EventBus()

    def publish(self, events: Sequence[Event]) -> set[str]:
        """Publish events, and return the ids of those that the bus or the queue refuses."""
        refused = [*self._bus.put(events), *self._queue.add(self._deliveries(events))]
        return {event["id"] for event in refused}

    def _deliveries(self, events: Sequence[Event]) -> Iterator[tuple[Webhook, Event]]:
        webhooks = {customer_id: self._webhooks.of_customer(customer_id) for customer_id in _customers(events)}
        for event in events:
            yield from ((webhook, event) for webhook in webhooks[event["customer_id"]] if _wants(webhook, event))


def _customers(events: Sequence[Event]) -> set[str]:
    return {event["customer_id"] for event in events}


def _wants(webhook: Webhook, event: Event) -> bool:
    if webhook.disabled_reason or (event["type"] == "webhook.disabled" and event["data"]["id"] == webhook.id):
        return False
    return not webhook.types or event["type"] in webhook.types
