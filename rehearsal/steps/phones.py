"""Lets simulated phones register and be called until the end."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from itertools import islice
from typing import Final

from rehearsal.phone import Account
from rehearsal.population import Population
from rehearsal.state import State
from rehearsal.step import CLEAN, Figures, Left, Step
from sipctl.access import Access
from sipctl.failure import FailedError

_PASSWORD_BYTES: Final = 24
# The key of an operator who acts for a customer lives for ten minutes.
_AT_ONCE: Final = 200
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
        access = self._access()
        for customer_id in self._customers():
            self._delete(access, customer_id)
            self._state.note(self.name, customers=[each for each in self._customers() if each != customer_id])
        return {}

    def left(self) -> list[Left]:
        """The customers that are not deleted."""
        return [Left(f"customer {each} with its extensions", CLEAN) for each in self._customers()]

    def _customers(self) -> list[str]:
        return list(self._state.noted(self.name).get("customers", ()))

    def _accounts(self, customer_id: str) -> list[Account]:
        accounts = []
        for first in range(0, self._count, _AT_ONCE):
            with self._access().acting_for(customer_id) as api:
                for number in range(first, min(first + _AT_ONCE, self._count)):
                    username, password = f"phone{number}", secrets.token_urlsafe(_PASSWORD_BYTES)
                    made = api.post("/extensions", {"name": username, "username": username, "password": password})
                    accounts.append(Account(username, made["domain_name"], password))
        return accounts

    def _delete(self, access: Access, customer_id: str) -> None:
        try:
            while self._delete_some(access, customer_id):
                pass
            access.operator().delete(f"/customers/{customer_id}")
        except FailedError as failure:
            if failure.problem["code"] != "not_found":
                raise

    def _delete_some(self, access: Access, customer_id: str) -> bool:
        """Delete extensions as long as a key lives. Returns whether there were any."""
        with access.acting_for(customer_id) as api:
            some = list(islice(api.all("/extensions"), _AT_ONCE))
            for extension in some:
                api.delete(f"/extensions/{extension['id']}")
        return bool(some)
