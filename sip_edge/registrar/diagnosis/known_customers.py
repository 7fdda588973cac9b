"""Caches which customers exist. Attempts are stored for existing customers, and for the operator."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, Protocol

from directory.schema.records import UNASSIGNED

MOST_QUESTIONS_A_SECOND: Final = 25
_MOST: Final = 10_000


class Customers(Protocol):
    """Tells which customers exist (`directory.edge.attempt_writer.AttemptWriter`)."""

    def has_customer(self, customer_id: str, then: Callable[[bool | None], None]) -> None:
        """Calls `then` later with whether there is such a customer, None when that can't be told now."""


class KnownCustomers:
    """Remembers which customers exist. A made-up one costs half a read unit, of which a second has only so many."""

    __slots__ = ("_asked", "_budget", "_customers", "_known")

    def __init__(self, customers: Customers) -> None:
        self._customers = customers
        self._known: dict[str, bool] = {}
        self._asked: set[str] = set()
        self._budget = MOST_QUESTIONS_A_SECOND

    def exists(self, customer_id: str) -> bool | None:
        """Returns whether an owner exists, None while that isn't known. `UNASSIGNED` stands for the operator."""
        return True if customer_id == UNASSIGNED else self._known.get(customer_id)

    def confirm(self, customer_id: str) -> None:
        """Notes that something of this customer was found in the directory."""
        self._learn(customer_id, True)

    def may_exist(self, customer_id: str) -> bool:
        """Returns whether a customer may exist. One that isn't known is asked about, within the budget of a second."""
        known = self.exists(customer_id)
        if known is not None or customer_id in self._asked:
            return known is not False
        if not self._budget:
            return False
        self._budget -= 1
        self._asked.add(customer_id)
        self._customers.has_customer(customer_id, partial(self._on_answer, customer_id))
        return True

    def next_second(self) -> None:
        """Renews the budget of questions."""
        self._budget = MOST_QUESTIONS_A_SECOND

    def forget(self) -> None:
        """Forgets all answers: customers are created and deleted."""
        self._known.clear()

    def _on_answer(self, customer_id: str, answer: bool | None) -> None:
        self._asked.discard(customer_id)
        if answer is not None:
            self._learn(customer_id, answer)

    def _learn(self, customer_id: str, exists: bool) -> None:
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[customer_id] = exists
