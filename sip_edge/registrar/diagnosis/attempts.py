"""Records failed attempts to register, with their reasons. They are counted here, and written later.

Any source of datagrams can make attempts, so everything about them is bounded. Attempts that are alike within a window
are one item with a count. Memory, writes per second and each customer's share have limits. Attempts beyond a limit are
dropped and counted.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from secrets import token_hex
from typing import Final, NamedTuple, Protocol

from directory.schema.model import customer_of
from directory.schema.reasons import Reason
from directory.schema.records import UNASSIGNED, Attempt
from directory.schema.timestamps import precise_timestamp
from sip_edge.journal import Journal
from sip_edge.message.values import printable
from sip_edge.registrar.diagnosis.known_customers import Customers, KnownCustomers
from sip_edge.registrar.origin import Origin
from sip_edge.transaction.timers import Timed, Timers
from sip_edge.transport.source_network import network_of

WINDOW_S: Final = 300
REPEAT_S: Final = 30  # how often the count of one that goes on is written
MOST_WRITES_A_SECOND: Final = 25
MOST: Final = 5_000
MOST_OF_A_CUSTOMER: Final = 100
MOST_UNASSIGNED_OF_A_NETWORK: Final = 5  # one scanner must not fill the operator's list
_LONGEST_CALL_ID: Final = 128
_LONGEST_DOMAIN: Final = 255  # RFC 1035 section 2.3.4


class AttemptStore(Customers, Protocol):
    """Stores attempts (`directory.edge.attempt_writer.AttemptWriter`)."""

    def write(self, attempt: Attempt, then: Callable[[bool], None]) -> None:
        """Stores an attempt. `then` is called later with whether it is stored."""


class _Key(NamedTuple):
    """Attempts with one key within a window are alike. `owner` is a customer's id, or `UNASSIGNED`."""

    owner: str
    aor: str
    network: str
    reason: Reason
    extension_id: str

    @property
    def shares(self) -> tuple[tuple[str, int], ...]:
        """Returns the limits that an attempt counts against: the name of each, and its size."""
        if self.owner == UNASSIGNED:
            return (UNASSIGNED, MOST_OF_A_CUSTOMER), (self.network, MOST_UNASSIGNED_OF_A_NETWORK)
        return ((self.owner, MOST_OF_A_CUSTOMER),)


class _Alike:
    """Attempts of one address, from one network, for one reason, within one window."""

    __slots__ = ("at", "call_id", "count", "first", "key", "last", "next_write", "source", "transport", "user_agent")

    def __init__(self, key: _Key, now: float) -> None:
        self.key = key
        self.at = f"{precise_timestamp(now)}#{token_hex(6)}"
        self.first = self.last = int(now)
        self.next_write = now
        self.count = 0
        self.source = self.transport = self.user_agent = self.call_id = ""

    def add(self, origin: Origin, now: float) -> None:
        """Counts another attempt."""
        self.count += 1
        self.last = int(now)
        self.source = origin.flow.source
        self.transport = origin.flow.transport
        self.user_agent = origin.user_agent
        self.call_id = printable(origin.call_id)[:_LONGEST_CALL_ID]

    def as_stored(self) -> Attempt:
        """Returns the record to write."""
        key = self.key
        return Attempt(
            key.aor,
            self.at,
            key.reason,
            self.source,
            self.transport,
            self.user_agent,
            self.call_id,
            self.first,
            self.last,
            self.count,
            key.extension_id,
            key.owner == UNASSIGNED,
        )


class Attempts(Timed):
    """Collects attempts, and writes some of them every second."""

    __slots__ = ("_alike", "_journal", "_known_customers", "_next_window", "_store", "_timers", "_unwritten", "_used")

    def __init__(self, store: AttemptStore, timers: Timers, journal: Journal, now: float) -> None:
        self._store = store
        self._timers = timers
        self._journal = journal
        self._known_customers = KnownCustomers(store)
        self._alike: dict[_Key, _Alike] = {}  # in the order of their beginning
        self._unwritten: dict[_Key, _Alike] = {}
        self._used: dict[str, int] = {}
        self._next_window = now + WINDOW_S
        timers.arm(self, now + 1)

    def note(self, reason: Reason, aor: str, origin: Origin, now: float, extension_id: str = "") -> None:
        """Notes an attempt to register an address. `extension_id` is "" when no extension is known."""
        owner = customer_of(aor)
        if extension_id:
            self._known_customers.confirm(owner)
        self._add(_Key(owner, aor, network_of(origin.flow.host), reason, extension_id), origin, now)

    def note_wrong_domain(self, username: str, domain: str, origin: Origin, now: float) -> None:
        """Notes an attempt to register at a domain that is no customer's."""
        aor = f"{username}@{domain[:_LONGEST_DOMAIN]}"
        self._add(_Key(UNASSIGNED, aor, network_of(origin.flow.host), Reason.WRONG_DOMAIN, ""), origin, now)

    def __len__(self) -> int:
        """Returns how many kinds of attempts are remembered."""
        return len(self._alike)

    def expire(self, now: float) -> None:
        """Writes the attempts that are due, and forgets those whose window has ended."""
        self._timers.arm(self, now + 1)
        self._known_customers.next_second()
        if now >= self._next_window:
            self._next_window = now + WINDOW_S
            self._known_customers.forget()
        self._write_some(now)
        self._forget_some(now)

    def _add(self, key: _Key, origin: Origin, now: float) -> None:
        alike = self._alike.get(key) or self._begin(key, now)
        if alike is None:
            self._journal.count("attempts_dropped")
            return
        alike.add(origin, now)
        self._unwritten[key] = alike

    def _begin(self, key: _Key, now: float) -> _Alike | None:
        """Returns the first attempt of its kind.

        Returns None beyond a limit or without an owner that it could be shown to.
        """
        is_full = len(self._alike) >= MOST or any(self._used.get(name, 0) >= most for name, most in key.shares)
        if is_full or not self._known_customers.may_exist(key.owner):
            return None
        for name, _ in key.shares:
            self._used[name] = self._used.get(name, 0) + 1
        alike = self._alike[key] = _Alike(key, now)
        return alike

    def _write_some(self, now: float) -> None:
        """Writes the oldest first. Attempts that continue are written every `REPEAT_S`, and when their window ends."""
        budget = MOST_WRITES_A_SECOND
        for key, alike in list(self._unwritten.items()):
            if alike.next_write > now and alike.first > now - WINDOW_S:
                continue
            if self._known_customers.exists(key.owner):
                del self._unwritten[key]
                alike.next_write = now + REPEAT_S
                self._store.write(alike.as_stored(), partial(self._on_written, key))
                budget -= 1
                if not budget:
                    break
            elif not self._known_customers.may_exist(key.owner):
                self._forget(key)

    def _on_written(self, key: _Key, stored: bool) -> None:
        """Tries again to write an attempt that could not be stored, while it is remembered."""
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
        del self._alike[key]
        if self._unwritten.pop(key, None):
            self._journal.count("attempts_dropped")
        for name, _ in key.shares:
            self._used[name] -= 1
            if not self._used[name]:
                del self._used[name]
