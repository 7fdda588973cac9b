"""Why phones could not register, for those who ask later: counted here, and written off the way of a message.

Whoever sends us datagrams makes attempts, so everything about them is bounded: what is alike within a window is one
item with a count, the memory and the writes of a second have a limit, and so has each customer's share. What is too
much is dropped and counted.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from secrets import token_hex
from typing import Final, Protocol

from directory.clock import timestamp
from directory.model import Attempt, customer_of
from directory.reasons import Reason
from sip_edge.journal import Journal
from sip_edge.message.values import printable
from sip_edge.registrar.owners import Customers, Owners
from sip_edge.transaction.timers import Timed, Timers
from sip_edge.transport.flow import Flow
from sip_edge.transport.source_network import network_of

WINDOW_S: Final = 300
REPEAT_S: Final = 30  # how often the count of one that goes on is written
MOST_WRITES_A_SECOND: Final = 25
MOST: Final = 5_000
MOST_OF_A_CUSTOMER: Final = 100
_LONGEST_CALL_ID: Final = 128


class AttemptStore(Customers, Protocol):
    """Where attempts go (`directory.attempt_log.AttemptLog`)."""

    def write(self, attempt: Attempt, then: Callable[[bool], None]) -> None:
        """Store an attempt. The outcome, which comes later, is whether it is stored."""


class _Alike:
    """Attempts of one address, from one network, for one reason, within one window."""

    __slots__ = (
        "aor",
        "at",
        "call_id",
        "count",
        "first",
        "last",
        "next_write",
        "reason",
        "source",
        "transport",
        "user_agent",
    )

    def __init__(self, aor: str, reason: Reason, now: float) -> None:
        self.aor = aor
        self.reason = reason
        self.at = f"{timestamp(now)}#{token_hex(6)}"
        self.first = self.last = int(now)
        self.next_write = now
        self.count = 0
        self.source = self.transport = self.user_agent = self.call_id = ""

    def as_stored(self) -> Attempt:
        return Attempt(
            self.aor,
            self.at,
            self.reason,
            self.source,
            self.transport,
            self.user_agent,
            self.call_id,
            self.first,
            self.last,
            self.count,
        )


_Key = tuple[str, str, Reason]


class Attempts(Timed):
    """Collects attempts and writes them, some every second."""

    __slots__ = ("_alike", "_journal", "_next_window", "_of_customer", "_owners", "_store", "_timers", "_unwritten")

    def __init__(self, store: AttemptStore, timers: Timers, journal: Journal, now: float) -> None:
        self._store = store
        self._timers = timers
        self._journal = journal
        self._owners = Owners(store)
        self._alike: dict[_Key, _Alike] = {}  # in the order of their beginning
        self._unwritten: dict[_Key, _Alike] = {}
        self._of_customer: dict[str, int] = {}
        self._next_window = now + WINDOW_S
        timers.arm(self, now + 1)

    def note(
        self, reason: Reason, aor: str, flow: Flow, user_agent: str, call_id: str, now: float, found: bool = False
    ) -> None:
        """An attempt to register an address has come over a flow. `found` tells that the address exists."""
        if found:
            self._owners.confirm(customer_of(aor))
        key = (aor, network_of(flow.host), reason)
        alike = self._alike.get(key) or self._begin(key, now)
        if alike is None:
            self._journal.count("attempts_dropped")
            return
        alike.count += 1
        alike.last = int(now)
        alike.source = flow.source
        alike.transport = flow.transport
        alike.user_agent = user_agent
        alike.call_id = printable(call_id)[:_LONGEST_CALL_ID]
        self._unwritten[key] = alike

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._alike)

    def expire(self, now: float) -> None:
        """Another second: write what is due, and forget what is over."""
        self._timers.arm(self, now + 1)
        self._owners.next_second()
        if now >= self._next_window:
            self._next_window = now + WINDOW_S
            self._owners.forget()
        self._write_some(now)
        self._forget_some(now)

    def _begin(self, key: _Key, now: float) -> _Alike | None:
        """The first of its kind; None when there are too many already, or nobody that it could be shown to."""
        customer_id = customer_of(key[0])
        others = self._of_customer.get(customer_id, 0)
        if len(self._alike) >= MOST or others >= MOST_OF_A_CUSTOMER or not self._owners.may_exist(customer_id):
            return None
        self._of_customer[customer_id] = others + 1
        alike = self._alike[key] = _Alike(key[0], key[2], now)
        return alike

    def _write_some(self, now: float) -> None:
        """First come, first served; what goes on is written now and then, and once more when its window ends."""
        budget = MOST_WRITES_A_SECOND
        for key, alike in list(self._unwritten.items()):
            if alike.next_write > now and alike.first > now - WINDOW_S:
                continue
            customer_id = customer_of(alike.aor)
            if self._owners.exists(customer_id):
                del self._unwritten[key]
                alike.next_write = now + REPEAT_S
                self._store.write(alike.as_stored(), partial(self._on_written, key))
                budget -= 1
                if not budget:
                    break
            elif not self._owners.may_exist(customer_id):
                self._forget(key)

    def _on_written(self, key: _Key, stored: bool) -> None:
        """What could not be stored is tried again, while it is remembered."""
        alike = self._alike.get(key)
        if not stored and alike:
            self._unwritten[key] = alike

    def _forget_some(self, now: float) -> None:
        for key, alike in list(self._alike.items()):
            age = now - alike.first
            if age < WINDOW_S or (key in self._unwritten and age < 2 * WINDOW_S):
                break
            self._forget(key)

    def _forget(self, key: _Key) -> None:
        customer_id = customer_of(key[0])
        del self._alike[key]
        if self._unwritten.pop(key, None):
            self._journal.count("attempts_dropped")
        self._of_customer[customer_id] -= 1
        if not self._of_customer[customer_id]:
            del self._of_customer[customer_id]
