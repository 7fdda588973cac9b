"""The queue of deliveries, and when one that failed is tried again."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from directory.client import session
from directory.model import Webhook
from lambdas.model.event import Event

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_sqs import SQSClient

# In seconds, after the first try, the second, and so on; after the last the queue gives the delivery up.
BACKOFF_S: Final = (5, 30, 120, 600, 3600, 3 * 3600, 6 * 3600)


class Delivery(NamedTuple):
    """An event for a webhook, `failed` times tried in vain."""

    customer_id: str
    webhook_id: str
    event: Event
    failed: int


class DeliveryQueue:
    """The queue that DELIVERY_QUEUE names."""

    def __init__(self) -> None:
        self._client = cast("SQSClient", session().create_client("sqs"))
        self._url = os.environ["DELIVERY_QUEUE"]

    def add(self, webhook: Webhook, event: Event) -> None:
        """Have an event delivered."""
        message = {"customer_id": webhook.customer_id, "webhook_id": webhook.id, "event": event}
        self._client.send_message(QueueUrl=self._url, MessageBody=json.dumps(message))

    def postpone(self, record: Mapping[str, Any], failed: int) -> None:
        """Let a delivery that has failed so many times come again, later each time."""
        pause = BACKOFF_S[min(failed, len(BACKOFF_S)) - 1]
        self._client.change_message_visibility(
            QueueUrl=self._url, ReceiptHandle=record["receiptHandle"], VisibilityTimeout=pause
        )


def delivery(record: Mapping[str, Any]) -> Delivery:
    """What a message of the queue holds."""
    message = json.loads(record["body"])
    received = int(record["attributes"]["ApproximateReceiveCount"])
    return Delivery(message["customer_id"], message["webhook_id"], message["event"], received - 1)
