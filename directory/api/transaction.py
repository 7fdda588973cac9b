"""One TransactWriteItems, with the reason for which it was cancelled."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from directory.errors import ContentionError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_ATTEMPTS = 8
_FIRST_PAUSE_S = 0.02
_PASSING_REASONS = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})


class ConditionFailedError(Exception):
    """A condition of the transaction did not hold; `position` is the index of the first such write."""

    def __init__(self, position: int) -> None:
        super().__init__(f"condition of write {position} failed")
        self.position = position


def write_all(client: DynamoDBClient, writes: list[TransactWriteItemTypeDef]) -> None:
    """Write all or nothing, trying again while other transactions hold the same items or a table is throttled.

    Raises ConditionFailedError when a condition does not hold, ContentionError when the conflict lasts.
    """
    for pause in _pauses():
        try:
            client.transact_write_items(TransactItems=writes)
            return
        except client.exceptions.TransactionCanceledException as cancelled:
            codes = _reasons(cancelled.response)
            if "ConditionalCheckFailed" in codes:
                raise ConditionFailedError(codes.index("ConditionalCheckFailed")) from None
            if _PASSING_REASONS.isdisjoint(codes):
                raise
        time.sleep(pause)
    raise ContentionError("other writes kept changing the same items")


def _reasons(response: Any) -> list[str]:
    return [reason.get("Code", "None") for reason in response.get("CancellationReasons", [])]


def _pauses() -> Iterator[float]:
    """Growing pauses in seconds with full jitter, so that rivals part."""
    for attempt in range(_ATTEMPTS):
        yield random.uniform(0, _FIRST_PAUSE_S * 2**attempt)  # noqa: S311  (no secret depends on it)
