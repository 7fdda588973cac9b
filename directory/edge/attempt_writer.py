"""Writes attempts for the edge. No request waits for these writes, and a call carries many."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from directory.edge import batch_write
from directory.edge.group_commit import GroupCommit
from directory.schema import items, record_items, tables
from directory.schema.records import Attempt

if TYPE_CHECKING:
    from directory.edge.lean_client import LeanClient

_LARGEST_READ: Final = 100  # the limit of BatchGetItem


class AttemptWriter:
    """Writes attempts, and tells whose they can be. To be used from the loop's thread alone.

    All outcomes are delivered through callbacks, later, in the loop's thread. At most one write and one read are under
    way, so that the log never takes much from the addresses.
    """

    def __init__(self, client: LeanClient, environment: Mapping[str, str], loop: asyncio.AbstractEventLoop) -> None:
        self._client = client
        self._attempts = tables.ATTEMPTS.deployed_name(environment)
        self._customers = tables.CUSTOMERS.deployed_name(environment)
        self._writes: GroupCommit[Attempt, bool] = GroupCommit(
            loop, self._write_all, lambda _: False, batch_write.LARGEST, 1
        )
        self._reads: GroupCommit[str, bool | None] = GroupCommit(loop, self._read_all, lambda _: None, _LARGEST_READ, 1)

    def write(self, attempt: Attempt, then: Callable[[bool], None]) -> None:
        """Store an attempt in the place of any earlier one of the same customer and `at`.

        The outcome is whether it is stored.
        """
        self._writes.add((attempt.customer_id, attempt.at), attempt, then)

    def has_customer(self, customer_id: str, then: Callable[[bool | None], None]) -> None:
        """Whether there is such a customer, or was a moment ago; None when the directory could not tell."""
        self._reads.add(None, customer_id, then)

    async def close(self) -> None:
        """Wait for the calls in flight."""
        await self._reads.close()
        await self._writes.close()

    async def _write_all(self, attempts: list[Attempt]) -> list[bool]:
        return await batch_write.put_all(
            self._client, tables.ATTEMPTS, self._attempts, [record_items.attempt_item(attempt) for attempt in attempts]
        )

    async def _read_all(self, customer_ids: list[str]) -> list[bool | None]:
        keys = [{"customer_id": items.text(customer_id)} for customer_id in set(customer_ids)]
        answer = await self._client.batch_get_item(
            RequestItems={self._customers: {"Keys": keys, "ProjectionExpression": "customer_id"}}
        )
        found = {item["customer_id"]["S"] for item in answer["Responses"].get(self._customers, [])}
        left = answer["UnprocessedKeys"].get(self._customers, {})
        unread = {key["customer_id"]["S"] for key in left.get("Keys", [])}
        return [None if customer_id in unread else customer_id in found for customer_id in customer_ids]
