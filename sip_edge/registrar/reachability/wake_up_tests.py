"""Tests whether the devices of an address of record wake: pushes them, and looks for their REGISTERs.

A device may register at another edge, so the address is read again each second. A test changes no binding. The next
call ends a binding whose app is gone.
"""

from __future__ import annotations

from typing import Final

from directory.edge.address_book import ReadOutcome, Unavailable
from directory.schema.model import Address, Binding, device_of
from sip_edge.journal import Journal
from sip_edge.location.location_store import LocationStore
from sip_edge.push.outcome import Outcome, Pusher, Result
from sip_edge.push.parameters import Purpose, PushTarget
from sip_edge.push.wake_up import Cause, WakeUp, WakeUpEnd, WakeUpLog
from sip_edge.registrar.push_support import target_of
from sip_edge.transaction.timers import NEVER, Timed, Timers

WAKE_UP_S: Final = 30
POLL_S: Final = 1.0


class WakeUpTests:
    """Begins tests. Each device of one has a record in the log when it ends."""

    __slots__ = ("addresses", "journal", "log", "pusher", "timers")

    def __init__(
        self, addresses: LocationStore, pusher: Pusher, log: WakeUpLog, timers: Timers, journal: Journal
    ) -> None:
        self.addresses = addresses
        self.pusher = pusher
        self.log = log
        self.timers = timers
        self.journal = journal

    def begin(self, aor: str) -> None:
        """Push all devices of an address that can be pushed, also those that are awake."""

        def on_read(found: ReadOutcome) -> None:
            if isinstance(found, Address):
                self._push_all(found)
            elif isinstance(found, Unavailable):
                self.journal.trouble("directory_unavailable", reason=found.reason)

        self.addresses.read(aor, on_read)

    def _push_all(self, address: Address) -> None:
        pushed: set[PushTarget] = set()
        for binding in address.live_bindings(self.timers.clock()):
            target = target_of(binding) if binding.is_pushed else None
            if target and target not in pushed:
                pushed.add(target)
                _Test(self, address.aor, binding, target).begin(address.customer_id)


class _Test(Timed):
    """The test of one device."""

    __slots__ = ("_aor", "_began", "_binding", "_outcome", "_target", "_tests")

    def __init__(self, tests: WakeUpTests, aor: str, binding: Binding, target: PushTarget) -> None:
        self.deadline = NEVER
        self._tests = tests
        self._aor = aor
        self._binding = binding
        self._target = target
        self._began = tests.timers.clock()
        self._outcome: Outcome | None = None

    def begin(self, customer_id: str) -> None:
        """Push the device."""
        self._tests.pusher.push(customer_id, self._target, Purpose.TEST, WAKE_UP_S, self._on_pushed)

    def expire(self, now: float) -> None:
        """Look for the device's REGISTER."""
        self._tests.addresses.read(self._aor, self._on_read)

    def _on_pushed(self, outcome: Outcome) -> None:
        self._outcome = outcome
        if outcome.result is Result.ACCEPTED:
            self._wait()
        else:
            self._end(WakeUpEnd.UNANSWERED, None)

    def _on_read(self, found: ReadOutcome) -> None:
        if isinstance(found, Address) and any(self._is_later(binding) for binding in found.bindings):
            self._end(WakeUpEnd.REGISTERED, self._tests.timers.clock() - self._began)
        elif self._tests.timers.clock() < self._began + WAKE_UP_S:
            self._wait()
        else:
            self._end(WakeUpEnd.UNANSWERED, None)

    def _wait(self) -> None:
        self._tests.timers.arm(self, self._tests.timers.clock() + POLL_S)

    def _is_later(self, binding: Binding) -> bool:
        """Whether a binding is this device's after another REGISTER."""
        before = self._binding
        return device_of(binding) == device_of(before) and (binding.call_id, binding.cseq) != (
            before.call_id,
            before.cseq,
        )

    def _end(self, end: WakeUpEnd, after_s: float | None) -> None:
        target = self._target
        self._tests.log.note(
            WakeUp(self._aor, self._began, Cause.TEST, target.service, target.app, self._outcome, end, after_s, "")
        )
