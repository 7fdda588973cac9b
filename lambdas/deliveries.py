"""Takes deliveries off their queue and carries them out.

What fails comes again later, and after the last try it ends in the queue for what has failed.
"""

from __future__ import annotations

from typing import Any, Final

from aws_lambda_powertools import Logger

from directory.errors import NotFoundError
from lambdas import environment
from lambdas.log_level import followed
from lambdas.webhook.delivery import Deliverer, UndeliveredError
from lambdas.webhook.queue import DeliveryQueue, delivery

_webhooks: Final = environment.webhooks()
_deliverer: Final = Deliverer()
_queue: Final = DeliveryQueue()
_logger: Final = Logger()


@followed
def handler(batch: dict[str, Any], _: object) -> None:
    """Deliver one event. Raises UndeliveredError, so that the queue keeps it."""
    (record,) = batch["Records"]
    wanted = delivery(record)
    fields = {"webhook_id": wanted.webhook_id, "event_id": wanted.event["id"], "failed": wanted.failed}
    try:
        webhook = _webhooks.get(wanted.customer_id, wanted.webhook_id)
    except NotFoundError:
        return  # deleted since
    try:
        _deliverer.deliver(webhook, wanted.event)
    except UndeliveredError as error:
        _logger.warning("undelivered", extra={**fields, "reason": str(error)})
        _queue.postpone(record, wanted.failed + 1)
        raise
    _logger.info("delivered", extra=fields)
