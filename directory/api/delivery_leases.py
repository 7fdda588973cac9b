"""The deliveries in flight to each webhook, and the time since when all of them fail.

Each delivery holds a lease on one of its webhook's places. So a slow endpoint can't keep all functions waiting. The
lease of a function that dies ends by itself.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from directory.errors import NotFoundError, WebhookBusyError, WebhookDisabledError
from directory.schema import items, tables
from directory.schema.model import Webhook

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# A quarter of the deliveries that run at a time (infra/events_stack.py).
MOST_IN_FLIGHT: Final = 5
FAILED_FOR_A_DAY: Final = "failed_for_a_day"
"""The reason of a webhook that is disabled since it took nothing for a day."""

_PLACES: Final = tuple(f"lease_{number}" for number in range(MOST_IN_FLIGHT))
# Three times the ten seconds after which Lambda ends a function.
_LEASE_MS: Final = 30_000
_DAY_S: Final = 24 * 3600
# Twice the longest pause between two tries. After a longer one without a try, an endpoint may have been well meanwhile.
_LONGEST_GAP_S: Final = 12 * 3600


@dataclass(frozen=True, slots=True)
class Lease:
    """A place of a webhook until a time, in milliseconds since the epoch."""

    webhook: Webhook
    place: str
    until_ms: int


class DeliveryLeases:
    """The leases of all webhooks, which are attributes of the webhooks' items."""

    def __init__(self, client: DynamoDBClient, environment: Mapping[str, str]) -> None:
        self._client = client
        self._table = tables.WEBHOOKS.deployed_name(environment)

    def take(self, customer_id: str, webhook_id: str) -> Lease:
        """Lease a place for a delivery, and read the webhook with the same write.

        Raises NotFoundError, WebhookDisabledError, and WebhookBusyError when all places are leased.
        """
        now_ms = int(time.time() * 1000)
        places = random.sample(_PLACES, len(_PLACES))
        while places:
            place = places.pop()
            try:
                answer = self._client.update_item(
                    TableName=self._table,
                    Key=items.webhook_key(customer_id, webhook_id),
                    UpdateExpression="SET #place = :until",
                    ConditionExpression="attribute_exists(id) AND attribute_not_exists(disabled_reason) AND "
                    "(attribute_not_exists(#place) OR #place < :now)",
                    ExpressionAttributeNames={"#place": place},
                    ExpressionAttributeValues={
                        ":until": items.number(now_ms + _LEASE_MS),
                        ":now": items.number(now_ms),
                    },
                    ReturnValues="ALL_NEW",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except self._client.exceptions.ConditionalCheckFailedException as refused:
                found: Any = refused.response.get("Item")
                if not found:
                    raise NotFoundError(webhook_id) from None
                if "disabled_reason" in found:
                    raise WebhookDisabledError(webhook_id) from None
                places = [each for each in places if each not in found or int(found[each]["N"]) < now_ms]
            else:
                return Lease(items.webhook(answer["Attributes"]), place, now_ms + _LEASE_MS)
        raise WebhookBusyError(webhook_id)

    def end_delivered(self, lease: Lease) -> None:
        """Give a place back. The webhook does not fail any more."""
        self._end(lease, "REMOVE #place, failing_since, failed_last", {})

    def end_failed(self, lease: Lease) -> int | None:
        """Give a place back after a delivery that failed.

        Returns a time once the webhook has failed for a day. It is the time since when the webhook fails, in seconds
        since the epoch. All its deliveries have failed since then, without a gap in which it may have been well.
        Returns None before that day is over.
        """
        now = int(time.time())
        before = self._end(
            lease,
            "SET failing_since = if_not_exists(failing_since, :now), failed_last = :now REMOVE #place",
            {":now": items.number(now)},
        )
        if not before or "failing_since" not in before:
            return None
        since = int(before["failing_since"]["N"])
        if now - int(before["failed_last"]["N"]) > _LONGEST_GAP_S:
            self._update_failing(lease.webhook, "SET failing_since = :now", since, {":now": items.number(now)})
            return None
        return since if now - since >= _DAY_S else None

    def disable(self, webhook: Webhook, failing_since: int) -> None:
        """Disable a webhook that has failed for a day, unless a delivery succeeded meanwhile."""
        reason = {":reason": items.text(FAILED_FOR_A_DAY)}
        self._update_failing(webhook, "SET disabled_reason = :reason", failing_since, reason)

    def _end(self, lease: Lease, update: str, values: items.Item) -> items.ReadItem:
        """End a lease that lasts still, and return the item as it was.

        Returns {} when the lease or the webhook is gone.
        """
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            answer = self._client.update_item(
                TableName=self._table,
                Key=items.webhook_key(lease.webhook.customer_id, lease.webhook.id),
                UpdateExpression=update,
                ConditionExpression="#place = :until",
                ExpressionAttributeNames={"#place": lease.place},
                ExpressionAttributeValues={":until": items.number(lease.until_ms), **values},
                ReturnValues="ALL_OLD",
            )
            return answer["Attributes"]
        return {}

    def _update_failing(self, webhook: Webhook, update: str, since: int, values: items.Item) -> None:
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._client.update_item(
                TableName=self._table,
                Key=items.webhook_key(webhook.customer_id, webhook.id),
                UpdateExpression=update,
                ConditionExpression="failing_since = :since",
                ExpressionAttributeValues={":since": items.number(since), **values},
            )
