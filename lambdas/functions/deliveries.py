"""Takes deliveries off their queue and carries them out.

A delivery that fails comes again later. After the last try it ends in the queue for failed deliveries. Each fails by
itself and not as an error of the function. After errors Lambda takes fewer messages off the queue, of all customers.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from directory.api.delivery_leases import FAILED_FOR_A_DAY
from directory.errors import NotFoundError, WebhookBusyError, WebhookDisabledError
from directory.schema.model import Webhook
from directory.schema.timestamps import timestamp
from lambdas import environment
from lambdas.event.publisher import Publisher
from lambdas.log_level import with_switched_log_level
from lambdas.model.event import VERSION, WebhookDisabled
from lambdas.webhook.delivery import Deliverer, UndeliveredError
from lambdas.webhook.queue import Delivery, DeliveryQueue, delivery

_leases: Final = environment.delivery_leases()
_deliverer: Final = Deliverer()
_queue: Final = DeliveryQueue()
_publisher: Final = Publisher(environment.webhooks(), _queue)
_logger: Final = Logger()
_metrics: Final = Metrics()


class Outcome(StrEnum):
    """The end of a delivery for now, which is the name of its metric as well."""

    DELIVERED = "Delivered"
    UNDELIVERED = "Undelivered"
    DEFERRED = "Deferred"
    """The webhook has enough deliveries in flight."""
    HELD = "Held"
    """The webhook is disabled, or the last try has failed."""
    DROPPED = "Dropped"
    """The webhook was deleted."""


_KEPT: Final = frozenset({Outcome.UNDELIVERED, Outcome.HELD})


@with_switched_log_level
@_metrics.log_metrics
def handler(batch: dict[str, Any], _: object) -> dict[str, Any]:
    """Carry out a batch of deliveries, and return the messages that the queue has to keep."""
    outcomes = {record["messageId"]: _carry_out(record) for record in batch["Records"]}
    for outcome in outcomes.values():
        _metrics.add_metric(outcome, MetricUnit.Count, 1)
    return {"batchItemFailures": [{"itemIdentifier": each} for each, outcome in outcomes.items() if outcome in _KEPT]}


def _carry_out(record: dict[str, Any]) -> Outcome:
    try:
        return _outcome(record, delivery(record))
    except Exception:  # whatever is wrong with one message, the others of the batch are delivered
        _logger.exception("failed")
        return Outcome.UNDELIVERED


def _outcome(record: dict[str, Any], wanted: Delivery) -> Outcome:
    if wanted.is_given_up:
        _queue.postpone(record, wanted.failed)
        return Outcome.HELD
    try:
        lease = _leases.take(wanted.customer_id, wanted.webhook_id)
    except NotFoundError:
        return Outcome.DROPPED
    except WebhookBusyError:
        _queue.defer(wanted)
        return Outcome.DEFERRED
    except WebhookDisabledError:  # it may be enabled before the last try
        _queue.postpone(record, wanted.failed + 1)
        return Outcome.HELD
    fields = {"webhook_id": wanted.webhook_id, "event_id": wanted.event["id"], "failed": wanted.failed}
    try:
        _deliverer.deliver(lease.webhook, wanted.event)
    except UndeliveredError as error:
        _logger.warning("undelivered", extra={**fields, "reason": str(error)})
        _queue.postpone(record, wanted.failed + 1)
        failing_since = _leases.end_failed(lease)
        if failing_since:
            _disable(lease.webhook, failing_since)
        return Outcome.UNDELIVERED
    _leases.end_delivered(lease)
    _logger.info("delivered", extra=fields)
    return Outcome.DELIVERED


def _disable(webhook: Webhook, failing_since: int) -> None:
    """Tell the owner of a webhook that it is disabled, then disable it.

    A function that dies between both tells it again with the next failure, under the same id.
    """
    event: WebhookDisabled = {
        "id": f"{webhook.id}-{failing_since}",
        "version": VERSION,
        "type": "webhook.disabled",
        "time": timestamp(),
        "customer_id": webhook.customer_id,
        "data": {
            "id": webhook.id,
            "url": webhook.url,
            "disabled_reason": FAILED_FOR_A_DAY,
            "failing_since": timestamp(failing_since),
        },
    }
    if not _publisher.publish([event]):
        _leases.disable(webhook, failing_since)
        _logger.warning("disabled", extra={"webhook_id": webhook.id, "customer_id": webhook.customer_id})
