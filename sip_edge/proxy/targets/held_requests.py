"""Holds requests for a device that is silent, gone or asleep.

A request waits until the device registers, or until the time of the caller is over. A device that sleeps is woken by a
push, and has more time. The hold of a request for a device ends in the record of a wake-up.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

from directory.schema.model import Binding
from sip_edge.guard.hold_limits import HoldLimits
from sip_edge.message.errors import RejectError
from sip_edge.proxy.proxied_request import ProxiedRequest
from sip_edge.proxy.targets.wake_ups import SharedPush, Sleeper, WakeUps, sleeper
from sip_edge.push.outcome import TOO_MANY, Outcome, Result
from sip_edge.push.parameters import Purpose
from sip_edge.push.wake_up import Cause, WakeUp, WakeUpEnd
from sip_edge.registrar.bindings.awaited_registrations import AwaitedRegistrations
from sip_edge.transaction.timers import NEVER, Timed, Timers

# A device that changes its network is back after that.
NOT_REACHED: Final = RejectError("480 Temporarily Unavailable", "Retry-After: 5")
_UNANNOUNCED_S: Final = 1.5  # a slow device has answered by then, and costs neither a write nor a push
_LATE_S: Final = 30  # a pushed device that registers so late after the end is still recorded
OnHoldEnd = Callable[[bool], None]


class HoldUser(Protocol):
    """The user of a hold."""

    def on_push_accepted(self, now: float) -> None:
        """The device is being woken."""

    def on_other_device(self, now: float) -> None:
        """Another device of the address has registered, while a sleeping one is waited for."""

    def fail(self, error: Exception) -> None:
        """A step of the hold has raised."""


class Sought(NamedTuple):
    """A device that a request waits for, at the address of record `aor` with bindings at `places`.

    Without a `binding`, it is any device of the address. It `is_gone`, or it is silent and may be slow. It `is_moving`
    when its connection has just ended: then it may register over another network without a push. It
    `is_pushed_in_dialog` when it has asked for pushes of requests within its dialog (RFC 8599 §6).
    """

    aor: str
    places: frozenset[str]
    binding: Binding | None
    is_gone: bool
    is_moving: bool
    is_pushed_in_dialog: bool = False


class HeldRequests:
    """Makes holds, and has what they share."""

    __slots__ = ("limits", "registrations", "timers", "wake_ups")

    def __init__(
        self, registrations: AwaitedRegistrations, limits: HoldLimits, wake_ups: WakeUps, timers: Timers
    ) -> None:
        self.registrations = registrations
        self.limits = limits
        self.wake_ups = wake_ups
        self.timers = timers

    def hold(self, proxied: ProxiedRequest, user: HoldUser) -> Hold:
        """A hold of a request for one device. It begins with its first wait."""
        return Hold(self, proxied, user)


class Hold(Timed):
    """The hold of one request for one device, or for any device of an address.

    A device that was pushed may register after the end of the hold. Until then the hold is late.
    """

    __slots__ = (
        "_began",
        "_call_id",
        "_device",
        "_has_place",
        "_is_called_off",
        "_is_late",
        "_is_over",
        "_on_end",
        "_outcome",
        "_place",
        "_proxied",
        "_purpose",
        "_push",
        "_shared",
        "_sought",
        "_until",
        "_user",
    )

    def __init__(self, shared: HeldRequests, proxied: ProxiedRequest, user: HoldUser) -> None:
        self.deadline = NEVER
        self._shared = shared
        self._proxied = proxied
        self._user = user
        self._purpose = Purpose.CALL if proxied.request.method == "INVITE" else Purpose.MESSAGE
        self._call_id = proxied.request.get("call-id")
        self._began = self._until = 0.0
        self._sought: Sought | None = None
        self._place: tuple[str, ...] = ()
        self._device: Sleeper | None = None
        self._push: SharedPush | None = None
        self._outcome: Outcome | None = None
        self._on_end: OnHoldEnd | None = None
        self._has_place = True
        self._is_called_off = self._is_late = self._is_over = False

    @property
    def has_registered(self) -> bool:
        """Whether the address has registered since the last wait."""
        return self._sought is not None and self.deadline == NEVER and not self._is_over

    @property
    def is_late(self) -> bool:
        """Whether the request had its final answer before the device registered."""
        return self._is_late

    def wait(self, sought: Sought, on_end: OnHoldEnd) -> None:
        """Hold the request until the address registers, or until its time is over.

        `on_end` gets whether the address has registered. That may be another device: then the hold goes on with the
        next wait. A request beyond the limits waits for no registration. Its hold ends at once when its device is gone,
        else with its time. A hold that has ended before gets its `on_end` from within this call.
        """
        if self._is_over:
            on_end(False)
            return
        now, before = self._shared.timers.clock(), self._sought
        self._sought, self._on_end = sought, on_end
        if before is None:
            self._begin(sought, now)
        elif self._device and not self._is_late and sought.places - before.places:
            self._user.on_other_device(now)
        registrations, timers = self._shared.registrations, self._shared.timers
        registrations.leave(sought.aor, self._on_registered)  # a silent device's connection may end
        if not (self._has_place and registrations.wait(sought.aor, self._on_registered)):
            self._has_place = False
            timers.arm(self, now if sought.is_gone else self._patience)
        elif self._is_late:
            registrations.announce(sought.aor, sought.places, self.deadline)
        elif sought.is_gone or self._push:
            self._announce(sought)
        else:
            timers.arm(self, min(now + _UNANNOUNCED_S, self._until))

    def on_found(self, now: float) -> bool:
        """Note that the device has registered. Returns whether it gets the request.

        A late one gets the INVITE of a caller who has given up. The CANCEL after it ends the ringing.
        """
        is_wanted = not self._is_called_off
        if self._is_late:
            is_cancelled = self._is_called_off and self._purpose is Purpose.CALL
            is_wanted = is_cancelled and now < self._until and not self._is_over
        self._finish(now - self._began)
        return is_wanted

    def on_heard(self, now: float) -> None:
        """Note that the device answers over its old flow. A slow device needs no record."""
        is_woken = self._push is not None or self._is_late
        self._finish(now - self._began, is_recorded=is_woken)

    def give_up(self, now: float) -> None:
        """End the hold before its time: the caller has given up, or another device has the request."""
        self._is_called_off = True
        if self._sought is None:
            self._is_over = True
        elif not (self._is_over or self._is_late):
            self._end(now)

    def on_pushed(self, outcome: Outcome) -> None:
        """See Pushed: the provider's answer decides for how long the device is waited for."""
        self._outcome = outcome
        if self._sought and not self._is_over:
            try:
                self._go_on(self._sought, outcome, self._shared.timers.clock())
            except Exception as error:
                self._user.fail(error)

    def _go_on(self, sought: Sought, outcome: Outcome, now: float) -> None:
        if outcome.result is Result.ACCEPTED:
            if not self._is_late:
                self._user.on_push_accepted(now)
        elif self._is_late:
            self._finish(None)
        else:
            # A refused push tells nothing about a device that only changes its network.
            is_awaited = sought.is_moving or not sought.is_gone or outcome == TOO_MANY
            self._until = now
            if is_awaited and outcome.result is not Result.UNREGISTERED:
                self._until = max(now, self._patience)
            if self.deadline != NEVER:
                self._shared.timers.arm(self, self._until)

    def expire(self, now: float) -> None:
        """Wake the device and tell other edges, or end."""
        sought, on_end = self._sought, self._on_end
        if self._is_late:
            self._finish(None)
        elif sought and now < self._until and self._has_place:
            self._announce(sought)
        else:
            self._end(now)
            if on_end:
                on_end(False)

    @property
    def _patience(self) -> float:
        """The time until which a device is waited for that no push wakes."""
        return self._proxied.silent_until(self._began)

    def _begin(self, sought: Sought, now: float) -> None:
        proxied = self._proxied
        self._began = now
        self._until = self._patience
        if sought.is_pushed_in_dialog:
            self._purpose = Purpose.REFRESH  # the phone shows neither a call nor a message for it
        if proxied.is_held or sought.is_pushed_in_dialog:
            self._place = self._shared.limits.take(proxied.flow)
            self._has_place = bool(self._place)
            self._device = sleeper(sought.aor, sought.binding) if sought.binding else None
            if self._device:
                self._until = proxied.pushed_until(now)

    def _announce(self, sought: Sought) -> None:
        """Wake the device, once, and let other edges tell of its registration."""
        shared, until = self._shared, self._until
        shared.timers.arm(self, until)
        shared.registrations.announce(sought.aor, sought.places, until + _LATE_S if self._device else until)
        if self._device and not (self._push or self._outcome):
            self._push = shared.wake_ups.wake(self._device, self._purpose, self._proxied.flow, self)

    def _on_registered(self) -> None:
        if not self._is_late:
            self.deadline = NEVER
        if self._on_end:
            self._on_end(True)

    def _end(self, now: float) -> None:
        """End the hold. A device that may have been woken is still looked out for."""
        if self._push and (self._outcome is None or self._outcome.result is Result.ACCEPTED):
            self._is_late = True
            self._let_go()
            self._shared.timers.arm(self, now + _LATE_S)
        else:
            self._finish(None)

    def _finish(self, after_s: float | None, *, is_recorded: bool = True) -> None:
        """Record the wake-up, and wait for nothing more. `after_s` is None when the device has not registered."""
        sought = self._sought
        if self._is_over or sought is None:
            return
        self.deadline = NEVER
        self._is_over = True
        self._on_end = None
        self._shared.registrations.leave(sought.aor, self._on_registered)
        self._let_go()
        if is_recorded and (self._proxied.is_held or self._device) and self._has_place:
            self._shared.wake_ups.log.note(self._wake_up(sought.aor, after_s))

    def _let_go(self) -> None:
        """Leave the place of its source and the push to others."""
        place, self._place = self._place, ()
        self._shared.limits.free(place)
        push, self._push = self._push, None
        if push and self._device:
            self._shared.wake_ups.leave(self._device, push)

    def _wake_up(self, aor: str, after_s: float | None) -> WakeUp:
        if self._proxied.is_given_up:
            end = WakeUpEnd.CANCELLED
        elif after_s is None:
            end = WakeUpEnd.UNANSWERED
        else:
            end = WakeUpEnd.LATE if self._is_late else WakeUpEnd.REGISTERED
        cause = Cause.MESSAGE if self._purpose is Purpose.MESSAGE else Cause.CALL
        target = self._device.target if self._device else None
        service, app = (target.service, target.app) if target else ("", "")
        return WakeUp(aor, self._began, cause, service, app, self._outcome, end, after_s, self._call_id)
