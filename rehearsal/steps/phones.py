"""Lets simulated phones register and be called until the end."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Final

from rehearsal.customers import AT_ONCE, delete_customer
from rehearsal.phone import Account
from rehearsal.population import Population
from rehearsal.state import State
from rehearsal.step import CLEAN, Figures, Left, Step
from sipctl.access import Access

_PASSWORD_BYTES: Final = 24
_REGISTERED_AFTER_S: Final = 120
_WATCH_S: Final = 5


class Phones(Step):
    """Makes a customer with an extension for each phone. `edge` returns the host and the port that phones have."""

    name: Final = "phones"
    lasts = False

    def __init__(
        self,
        access: Callable[[], Access],
        edge: Callable[[], tuple[str, int]],
        state: State,
        population: Population,
        count: int,
    ) -> None:
        self._access = access
        self._edge = edge
        self._state = state
        self._population = population
        self._count = count

    def do(self) -> Figures:
        """Make the extensions, and wait until all phones are registered and the first ones are called."""
        operator = self._access().operator()
        customer_id = operator.post("/customers", {"name": "rehearsal"})["id"]
        self._state.note(self.name, customers=[*self._customers(), customer_id])
        accounts = self._accounts(customer_id)
        self._population.start(accounts, *self._edge())
        self._population.wait_registered(self._count, _REGISTERED_AFTER_S + self._count / 10)
        figures: dict[str, str | int] = {}
        with self._population.watched(figures, _WATCH_S):
            pass
        return figures

    def undo(self) -> Figures:
        """Let the phones fall silent, and delete their extensions and customers."""
        self._population.stop()
        for customer_id in self._customers():
            delete_customer(self._access, customer_id)
            self._state.note(self.name, customers=[each for each in self._customers() if each != customer_id])
        return {}

    def left(self) -> list[Left]:
        """The customers that are not deleted."""
        return [Left(f"customer {each} with its extensions", CLEAN) for each in self._customers()]

    def _customers(self) -> list[str]:
        return list(self._state.noted(self.name).get("customers", ()))

    def _accounts(self, customer_id: str) -> list[Account]:
        accounts = []
        for first in range(0, self._count, AT_ONCE):
            with self._access().acting_for(customer_id) as api:
                for number in range(first, min(first + AT_ONCE, self._count)):
                    username, password = f"phone{number}", secrets.token_urlsafe(_PASSWORD_BYTES)
                    made = api.post("/extensions", {"name": username, "username": username, "password": password})
                    accounts.append(Account(username, made["domain_name"], password))
        return accounts
