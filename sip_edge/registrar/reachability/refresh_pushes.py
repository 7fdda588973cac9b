"""Pushes phones whose bindings end soon, so that they register again (RFC 8599 section 5.5)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from directory.edge.address_book import ReadOutcome, Unavailable
from directory.schema.model import Address, Binding, registration_id
from directory.schema.refresh_pushes import RefreshPush
from sip_edge.continuation import Continuation
from sip_edge.journal import Journal
from sip_edge.location.location_store import LocationStore
from sip_edge.push.outcome import Outcome, Pusher, Result
from sip_edge.push.parameters import Purpose, PushTarget
from sip_edge.push.wake_up import Cause, WakeUp, WakeUpEnd, WakeUpLog
from sip_edge.registrar.bindings.removal import Removals
from sip_edge.registrar.push_support import target_of
from sip_edge.transaction.timers import NEVER, Timed, Timers

_STEP_S: Final = 0.05
_MOST_IN_A_STEP: Final = 10  # two hundred a second: the phones of a full edge (10,000) in less than a minute
_MOST_UNDER_WAY: Final = 500  # a quarter of the pushes that an edge has under way, so that calls find room
_LAST_TRY_S: Final = 90  # before the end
_PAUSE_S: Final = 30
OnSent = Callable[[], None]


class RefreshPushes(Timed):
    """Sends refresh pushes at a bounded rate, and notes whether their devices have registered by the end.

    The address is read before each push. A binding that is gone or has another end by then needs none. A push that
    fails is tried once more before the end.
    """

    __slots__ = ("_due", "_ended", "_journal", "_pusher", "_removals", "_store", "_timers", "_under_way", "_wake_ups")

    def __init__(
        self,
        store: LocationStore,
        pusher: Pusher,
        removals: Removals,
        wake_ups: WakeUpLog,
        timers: Timers,
        journal: Journal,
    ) -> None:
        self.deadline = NEVER
        self._store = store
        self._pusher = pusher
        self._removals = removals
        self._wake_ups = wake_ups
        self._timers = timers
        self._journal = journal
        self._due: deque[_Refresh] = deque()
        self._ended: deque[_Refresh] = deque()
        self._under_way = 0

    def send(self, push: RefreshPush, on_sent: OnSent) -> None:
        """Sends a push when its turn comes. `on_sent` is called once it is tried, or has turned out to be needless."""
        self.line_up(_Refresh(push, on_sent, self))

    def line_up(self, refresh: _Refresh) -> None:
        """Lets a refresh take its next step in its turn. Pushes come before bindings that have ended."""
        now = self._timers.clock()
        (self._due if now < refresh.push.expires else self._ended).append(refresh)
        if self.deadline == NEVER:
            self._timers.arm(self, now + _STEP_S)

    def expire(self, now: float) -> None:
        """Begins the steps whose turn it is."""
        for _ in range(_MOST_IN_A_STEP):
            waiting = self._due or self._ended
            if not waiting or self._under_way >= _MOST_UNDER_WAY:
                break
            self._under_way += 1
            self._read(waiting.popleft())
        if self._due or self._ended:
            self._timers.arm(self, now + _STEP_S)

    def _read(self, refresh: _Refresh) -> None:
        on_read: Continuation[ReadOutcome] = Continuation(
            lambda outcome: self._on_read(refresh, outcome), lambda error: self._fail(refresh, error)
        )
        self._store.read(refresh.push.aor, on_read)

    def _on_read(self, refresh: _Refresh, outcome: ReadOutcome) -> None:
        now = self._timers.clock()
        if isinstance(outcome, Unavailable):
            self._under_way -= 1
            self._timers.arm(refresh, now + _PAUSE_S)
        elif outcome and refresh.has_registered(outcome):
            self._end(refresh, WakeUpEnd.REGISTERED)
        else:
            binding = refresh.ending(outcome, now) if outcome else None
            target = target_of(binding) if binding else None
            if outcome and binding and target:
                self._push(refresh, outcome.customer_id, binding, target)
            else:
                self._end(refresh, WakeUpEnd.UNANSWERED)

    def _push(self, refresh: _Refresh, customer_id: str, binding: Binding, target: PushTarget) -> None:
        now = self._timers.clock()
        refresh.tries += 1
        refresh.began = refresh.began or now
        refresh.target = target
        on_pushed: Continuation[Outcome] = Continuation(
            lambda outcome: self._on_pushed(refresh, binding, outcome), lambda error: self._fail(refresh, error)
        )
        self._pusher.push(customer_id, target, Purpose.REFRESH, max(1, refresh.push.expires - int(now)), on_pushed)

    def _on_pushed(self, refresh: _Refresh, binding: Binding, outcome: Outcome) -> None:
        """Waits for another try, or until the binding has ended."""
        refresh.outcome = outcome
        end = refresh.push.expires
        if outcome.result is Result.UNREGISTERED:
            self._removals.push_refused(refresh.push.aor, binding)
            self._end(refresh, WakeUpEnd.UNANSWERED)
            return
        again = max(self._timers.clock() + _PAUSE_S, end - _LAST_TRY_S)
        is_tried_again = outcome.result is not Result.ACCEPTED and refresh.tries == 1 and again < end
        self._timers.arm(refresh, again if is_tried_again else end)
        self._under_way -= 1
        refresh.tell_sent()

    def _end(self, refresh: _Refresh, end: WakeUpEnd) -> None:
        """Ends a refresh, and notes it if a push was sent."""
        self._under_way -= 1
        target = refresh.target
        if target:
            began, outcome = refresh.began, refresh.outcome
            self._wake_ups.note(
                WakeUp(refresh.push.aor, began, Cause.REFRESH, target.service, target.app, outcome, end, None, "")
            )
        refresh.tell_sent()

    def _fail(self, refresh: _Refresh, error: Exception) -> None:
        """Gives a refresh up."""
        self._under_way -= 1
        self._journal.trouble("internal_error", error, aor=refresh.push.aor)
        refresh.tell_sent()


class _Refresh(Timed):
    """The refresh of one binding. `target`, `began` and `outcome` are those of its push, once there is one."""

    __slots__ = ("_on_sent", "_pushes", "began", "outcome", "push", "target", "tries")

    def __init__(self, push: RefreshPush, on_sent: OnSent, pushes: RefreshPushes) -> None:
        self.deadline = NEVER
        self.push = push
        self.target: PushTarget | None = None
        self.began = 0.0
        self.outcome: Outcome | None = None
        self.tries = 0
        self._on_sent: OnSent | None = on_sent
        self._pushes = pushes

    def expire(self, now: float) -> None:
        """Takes its next step in its turn."""
        self._pushes.line_up(self)

    def tell_sent(self) -> None:
        """Tells once that the push is tried, or needless."""
        on_sent, self._on_sent = self._on_sent, None
        if on_sent:
            on_sent()

    def ending(self, address: Address, now: float) -> Binding | None:
        """Returns the binding that the push was planned for, None when there is none with this end."""
        for binding in address.live_bindings(now):
            if binding.expires == self.push.expires and registration_id(binding) == self.push.registration:
                return binding
        return None

    def has_registered(self, address: Address) -> bool:
        """Returns whether the app that was pushed has a binding with a later end. Its Contact may be another one."""
        if self.target is None:
            return False
        for binding in address.bindings:
            other = target_of(binding)
            if binding.expires > self.push.expires and other and self.target.is_same_device(other):
                return True
        return False
