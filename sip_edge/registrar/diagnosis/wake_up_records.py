"""Records wake-ups, so that an operator learns why a phone did not ring. They are collected here, and written later.

Any caller can make calls that wait for a device, so everything about these records is bounded. The first wake-ups of an
extension in a minute are written one by one. Further ones that are alike become one record with a count. Memory, writes
per second and each customer's share have limits. Wake-ups beyond a limit are dropped and counted.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from secrets import token_hex
from typing import Final, NamedTuple, Protocol

from directory.schema.model import customer_of
from directory.schema.records import WakeUpRecord
from directory.schema.timestamps import precise_timestamp
from sip_edge.journal import Journal
from sip_edge.message.values import printable
from sip_edge.push.wake_up import WakeUp
from sip_edge.transaction.timers import Timed, Timers

WINDOW_S: Final = 60
MOST_WRITES_A_SECOND: Final = 25
MOST: Final = 5_000
MOST_OF_A_CUSTOMER: Final = 300  # in a window: a fifth of the writes
MOST_SINGLE: Final = 10  # of an extension in a window
MOST_KINDS: Final = 10  # of an extension's further ones in a window
KEPT_S: Final = 600  # a record that can't be written
_LONGEST_CALL_ID: Final = 128


class WakeUpStore(Protocol):
    """Stores wake-ups (`directory.edge.wake_up_writer.WakeUpWriter`)."""

    def write(self, wake_up: WakeUpRecord, then: Callable[[bool], None]) -> None:
        """Stores a record. `then` is called later with whether it is stored."""


class _Unwritten(NamedTuple):
    """A record that waits for its write, and the time until which that is tried."""

    record: WakeUpRecord
    until: float


class _OfExtension:
    """The wake-ups of one extension in this window: how many were recorded alone, and the last of each further kind."""

    __slots__ = ("further", "single")

    def __init__(self) -> None:
        self.single = 0
        self.further: dict[tuple[str, ...], tuple[WakeUp, int]] = {}


class WakeUpRecords(Timed):
    """The `WakeUpLog` of an edge: collects wake-ups, and writes some of them every second."""

    __slots__ = ("_journal", "_next_window", "_of_customers", "_of_extensions", "_store", "_timers", "_unwritten")

    def __init__(self, store: WakeUpStore, timers: Timers, journal: Journal, now: float) -> None:
        self._store = store
        self._timers = timers
        self._journal = journal
        self._unwritten: deque[_Unwritten] = deque()
        self._of_customers: dict[str, int] = {}
        self._of_extensions: dict[str, _OfExtension] = {}
        self._next_window = now + WINDOW_S
        timers.arm(self, now + 1)

    def note(self, wake_up: WakeUp) -> None:
        """See WakeUpLog."""
        self._log(wake_up)
        found = self._of_extensions.get(wake_up.aor)
        if found is None:
            if len(self._of_extensions) >= MOST:
                self._journal.count("wake_ups_dropped")
                return
            found = self._of_extensions[wake_up.aor] = _OfExtension()
        if found.single < MOST_SINGLE:
            found.single += 1
            self._add(wake_up, 1)
            return
        kind = _kind(wake_up)
        _, count = found.further.get(kind, (wake_up, 0))
        if count or len(found.further) < MOST_KINDS:
            found.further[kind] = wake_up, count + 1
        else:
            self._journal.count("wake_ups_dropped")

    def _log(self, wake_up: WakeUp) -> None:
        cause, service, app, push, reason, end = _kind(wake_up)
        self._journal.note(
            "wake_up",
            correlation_id=wake_up.call_id,
            aor=wake_up.aor,
            cause=cause,
            service=service,
            app=app,
            push=push,
            reason=reason,
            end=end,
            after_s=wake_up.after_s,
        )

    def expire(self, now: float) -> None:
        """Writes the oldest records, and begins a new window when its time has come."""
        self._timers.arm(self, now + 1)
        if now >= self._next_window:
            self._begin_window(now)
        for _ in range(min(MOST_WRITES_A_SECOND, len(self._unwritten))):
            unwritten = self._unwritten.popleft()
            self._store.write(unwritten.record, partial(self._on_written, unwritten))

    def _begin_window(self, now: float) -> None:
        """Records the further wake-ups of the window that has ended."""
        ended, self._of_extensions = self._of_extensions, {}
        self._next_window = now + WINDOW_S
        for found in ended.values():
            for wake_up, count in found.further.values():
                self._add(wake_up, count)
        self._of_customers.clear()

    def _add(self, wake_up: WakeUp, count: int) -> None:
        """Lets a record of alike wake-ups be written, unless it is beyond a limit."""
        owner = customer_of(wake_up.aor)
        used = self._of_customers.get(owner, 0)
        if len(self._unwritten) >= MOST or used >= MOST_OF_A_CUSTOMER:
            self._journal.count("wake_ups_dropped", count)
            return
        self._of_customers[owner] = used + 1
        self._unwritten.append(_Unwritten(_record(wake_up, count), self._timers.clock() + KEPT_S))

    def _on_written(self, unwritten: _Unwritten, is_stored: bool) -> None:
        """Lets a record that could not be stored be written again while it is kept."""
        if is_stored:
            return
        if self._timers.clock() < unwritten.until and len(self._unwritten) < MOST:
            self._unwritten.append(unwritten)
        else:
            self._journal.count("wake_ups_dropped", unwritten.record.count)


def _kind(wake_up: WakeUp) -> tuple[str, ...]:
    push = wake_up.push
    outcome = (push.result.value, push.reason) if push else ("", "")
    return (wake_up.cause.value, wake_up.service, wake_up.app, *outcome, wake_up.end.value)


def _record(wake_up: WakeUp, count: int) -> WakeUpRecord:
    cause, service, app, push, reason, end = _kind(wake_up)
    return WakeUpRecord(
        wake_up.aor,
        f"{precise_timestamp(wake_up.began)}#{token_hex(6)}",
        cause,
        service,
        app,
        push,
        reason,
        end,
        None if wake_up.after_s is None else int(wake_up.after_s * 1000),
        printable(wake_up.call_id)[:_LONGEST_CALL_ID],
        count,
    )
