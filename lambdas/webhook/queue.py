"""The queue of deliveries, and when one that failed is tried again."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from directory.client import session
from directory.schema.model import Webhook
from lambdas.model.event import Event
from lambdas.sending import Message, send_all

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_sqs import SQSClient

# In seconds, after the first try, the second, and so on; after the last the queue gives the delivery up.
BACKOFF_S: Final = (5, 30, 120, 600, 3600, 3 * 3600, 6 * 3600)
# The limit of DelaySeconds (SQS API, SendMessage).
_LONGEST_DELAY_S: Final = 900


class Delivery(NamedTuple):
    """An event for a webhook, `failed` times tried in vain, and `deferred` times since the webhook was busy."""

    customer_id: str
    webhook_id: str
    event: Event
    failed: int
    deferred: int

    @property
    def is_given_up(self) -> bool:
        """Whether the last try has failed."""
        return self.failed > len(BACKOFF_S)


class DeliveryQueue:
    """The queue that DELIVERY_QUEUE names. A message's group is its customer, so that SQS serves customers fairly."""

    def __init__(self) -> None:
        self._client = cast("SQSClient", session().create_client("sqs"))
        self._url = os.environ["DELIVERY_QUEUE"]

    def add(self, events: Iterable[tuple[Webhook, Event]]) -> list[Event]:
        """Have each event delivered to its webhook, and return those that the queue refuses."""
        deliveries = [Delivery(webhook.customer_id, webhook.id, event, 0, 0) for webhook, event in events]
        return send_all([(each.event, _text(each)) for each in deliveries], self._send)

    def defer(self, delivery: Delivery) -> None:
        """Let a delivery to a busy webhook come again as a new message, later each time.

        To be received costs a message one of its tries, so it is not the same message that comes again.
        """
        longest = min(_LONGEST_DELAY_S, 2 << min(delivery.deferred, 10))
        self._client.send_message(
            QueueUrl=self._url,
            MessageBody=_text(delivery._replace(deferred=delivery.deferred + 1)),
            MessageGroupId=delivery.customer_id,
            DelaySeconds=random.randint(1, longest),  # noqa: S311  (no secret depends on it)
        )

    def postpone(self, record: Mapping[str, Any], failed: int) -> None:
        """Let a delivery that has failed so many times come again, later each time.

        After the last try it comes at once, until the queue gives it up for being received too often.
        """
        pause = BACKOFF_S[failed - 1] if failed <= len(BACKOFF_S) else 0
        self._client.change_message_visibility(
            QueueUrl=self._url, ReceiptHandle=record["receiptHandle"], VisibilityTimeout=pause
        )

    def _send(self, messages: list[Message]) -> list[Message]:
        answer = self._client.send_message_batch(
            QueueUrl=self._url,
            Entries=[
                {"Id": str(place), "MessageBody": text, "MessageGroupId": event["customer_id"]}
                for place, (event, text) in enumerate(messages)
            ],
        )
        return [messages[int(failed["Id"])] for failed in answer.get("Failed", ())]


def delivery(record: Mapping[str, Any]) -> Delivery:
    """The delivery in a message of the queue. A message that was deferred goes on with the tries of the one before."""
    message = json.loads(record["body"])
    received = int(record["attributes"]["ApproximateReceiveCount"])
    return Delivery(
        message["customer_id"],
        message["webhook_id"],
        message["event"],
        message.get("failed", 0) + received - 1,
        message.get("deferred", 0),
    )


def _text(delivery: Delivery) -> str:
    return json.dumps(delivery._asdict())
