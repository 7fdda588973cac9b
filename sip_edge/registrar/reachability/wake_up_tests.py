"""Tests whether the devices of an address of record wake: pushes them, and looks for their REGISTERs.

A device may register at another edge, so the address is read again each second. A test changes no binding. The next
call ends a binding whose app is gone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
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
_Register = tuple[str, int]


class WakeUpTests:
    """Begins tests. Each device of one has a record in the log when it ends."""

    __slots__ = ("_addresses", "_journal", "_log", "_pusher", "_timers")

    def __init__(
        self, addresses: LocationStore, pusher: Pusher, log: WakeUpLog, timers: Timers, journal: Journal
    ) -> None:
        self._addresses = addresses
        self._pusher = pusher
        self._log = log
        self._timers = timers
        self._journal = journal

    def begin(self, aor: str) -> None:
        """Push all devices of an address that can be pushed, also those that are awake."""

        def on_read(found: ReadOutcome) -> None:
            if isinstance(found, Address):
                self._push_all(found)
            elif isinstance(found, Unavailable):
                self._journal.trouble("directory_unavailable", reason=found.reason)

        self._addresses.read(aor, on_read)

    def _push_all(self, address: Address) -> None:
        now = self._timers.clock()
        seen = frozenset([_register_of(binding) for binding in address.bindings])
        pushed: set[PushTarget] = set()
        for binding in address.live_bindings(now):
            target = target_of(binding) if binding.is_pushed else None
            if target and target not in pushed:
                pushed.add(target)
                test = _Test(address.aor, now, binding, target, seen, self._look)
                on_pushed = partial(self._on_pushed, test)
                self._pusher.push(address.customer_id, target, Purpose.TEST, WAKE_UP_S, on_pushed)

    def _on_pushed(self, test: _Test, outcome: Outcome) -> None:
        test.outcome = outcome
        if outcome.result is Result.ACCEPTED:
            self._timers.arm(test, self._timers.clock() + POLL_S)
        else:
            self._end(test, WakeUpEnd.UNANSWERED, None)

    def _look(self, test: _Test) -> None:
        self._addresses.read(test.aor, partial(self._on_read, test))

    def _on_read(self, test: _Test, found: ReadOutcome) -> None:
        now = self._timers.clock()
        if isinstance(found, Address) and any(test.is_answered_by(binding) for binding in found.bindings):
            self._end(test, WakeUpEnd.REGISTERED, now - test.began)
        elif now < test.began + WAKE_UP_S:
            self._timers.arm(test, now + POLL_S)
        else:
            self._end(test, WakeUpEnd.UNANSWERED, None)

    def _end(self, test: _Test, end: WakeUpEnd, after_s: float | None) -> None:
        target = test.target
        self._log.note(
            WakeUp(test.aor, test.began, Cause.TEST, target.service, target.app, test.outcome, end, after_s, "")
        )


class _Test(Timed):
    """The test of one device: its binding and app, and the REGISTERs of its address before the push."""

    __slots__ = ("_binding", "_look", "_seen", "aor", "began", "outcome", "target")

    def __init__(
        self,
        aor: str,
        began: float,
        binding: Binding,
        target: PushTarget,
        seen: frozenset[_Register],
        look: Callable[[_Test], None],
    ) -> None:
        self.deadline = NEVER
        self.aor = aor
        self.began = began
        self.target = target
        self.outcome: Outcome | None = None
        self._binding = binding
        self._seen = seen
        self._look = look

    def expire(self, now: float) -> None:
        """Looks for the device's REGISTER."""
        self._look(self)

    def is_answered_by(self, binding: Binding) -> bool:
        """Returns whether a binding shows a later REGISTER of this device.

        An app that was ended has a new Call-ID and the same token.
        """
        if _register_of(binding) in self._seen:
            return False
        target = target_of(binding)
        is_same_app = target is not None and target.is_same_device(self.target)
        return is_same_app or device_of(binding) == device_of(self._binding)


def _register_of(binding: Binding) -> _Register:
    return binding.call_id, binding.cseq
