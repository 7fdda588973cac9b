"""Pushes sleeping phones whose places other devices want, and notes whether they register."""

from __future__ import annotations

from typing import Final

from directory.edge.address_book import ReadOutcome
from directory.schema.model import Address, Binding, device_of
from sip_edge.location.location_store import LocationStore
from sip_edge.push.outcome import Outcome, Pusher, Result
from sip_edge.push.parameters import Purpose, PushTarget
from sip_edge.push.wake_up import Cause, WakeUp, WakeUpEnd, WakeUpLog
from sip_edge.registrar.bindings.awaited_registrations import AwaitedRegistrations
from sip_edge.registrar.bindings.removal import Removals
from sip_edge.registrar.push_support import target_of
from sip_edge.transaction.timers import NEVER, Timed, Timers

WAKE_UP_S: Final = 30  # a phone that is pushed registers within seconds


class PlacePushes:
    """Sends pushes. One whose app is gone frees its place at once."""

    __slots__ = ("awaited", "pusher", "removals", "store", "timers", "wake_ups")

    def __init__(
        self,
        pusher: Pusher,
        removals: Removals,
        awaited: AwaitedRegistrations,
        store: LocationStore,
        wake_ups: WakeUpLog,
        timers: Timers,
    ) -> None:
        self.pusher = pusher
        self.removals = removals
        self.awaited = awaited
        self.store = store
        self.wake_ups = wake_ups
        self.timers = timers

    def send(self, address: Address, binding: Binding) -> None:
        """Pushes the device of a binding, if it can be pushed."""
        target = target_of(binding)
        if target:
            _PlacePush(self, address, binding, target).begin(address)


class _PlacePush(Timed):
    """One push, until its device has registered or its time is over."""

    __slots__ = ("_aor", "_began", "_binding", "_outcome", "_pushes", "_target")

    def __init__(self, pushes: PlacePushes, address: Address, binding: Binding, target: PushTarget) -> None:
        self.deadline = NEVER
        self._pushes = pushes
        self._aor = address.aor
        self._binding = binding
        self._target = target
        self._began = pushes.timers.clock()
        self._outcome: Outcome | None = None

    def begin(self, address: Address) -> None:
        """Pushes the device, and waits for its registration at any edge."""
        self._pushes.timers.arm(self, self._began + WAKE_UP_S)
        self._wait(address)
        self._pushes.pusher.push(address.customer_id, self._target, Purpose.REFRESH, WAKE_UP_S, self._on_pushed)

    def expire(self, now: float) -> None:
        """Notes that the device has not registered."""
        self._end(WakeUpEnd.UNANSWERED, None)

    def _wait(self, address: Address) -> None:
        awaited, places = self._pushes.awaited, frozenset([b.place for b in address.bindings])
        awaited.wait(self._aor, self._on_registered)
        awaited.announce(self._aor, places, self._began + WAKE_UP_S)

    def _on_pushed(self, outcome: Outcome) -> None:
        self._outcome = outcome
        if outcome.result is Result.UNREGISTERED:
            self._pushes.removals.push_refused(self._aor, self._binding)
            if self.deadline != NEVER:
                self._end(WakeUpEnd.UNANSWERED, None)

    def _on_registered(self) -> None:
        now = self._pushes.timers.clock()
        self._pushes.store.read(self._aor, lambda outcome: self._on_read(now, outcome))

    def _on_read(self, registered: float, outcome: ReadOutcome) -> None:
        """Waits on when another device has registered."""
        if self.deadline == NEVER or not isinstance(outcome, Address):
            return
        if any(self._is_awake(binding) for binding in outcome.bindings):
            self._end(WakeUpEnd.REGISTERED, registered - self._began)
        else:
            self._wait(outcome)

    def _is_awake(self, binding: Binding) -> bool:
        """Returns whether the device has made a binding since it was pushed."""
        target = target_of(binding)
        is_own = device_of(binding) == device_of(self._binding)
        return not binding.wake_by and (is_own or (target is not None and target.is_same_device(self._target)))

    def _end(self, end: WakeUpEnd, after_s: float | None) -> None:
        self.deadline = NEVER
        pushes, target = self._pushes, self._target
        pushes.awaited.leave(self._aor, self._on_registered)
        pushes.wake_ups.note(
            WakeUp(self._aor, self._began, Cause.PLACE, target.service, target.app, self._outcome, end, after_s, "")
        )
