"""The pushes of held requests: one for each device, however many requests wait for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple, Protocol

from directory.schema.model import Binding, customer_of
from sip_edge.guard.push_limits import PushLimits
from sip_edge.push.outcome import TOO_MANY, Outcome, Pusher, Result
from sip_edge.push.parameters import Purpose, PushTarget
from sip_edge.push.wake_up import WakeUpLog
from sip_edge.registrar.bindings.removal import Removals
from sip_edge.registrar.push_support import target_of
from sip_edge.transport.flow import Flow

_FRESH_S: Final = 30  # a provider drops a push that it could not deliver by then
_Key = tuple[str, PushTarget]


class Sleeper(NamedTuple):
    """A device that can be woken by a push, at an address of record."""

    aor: str
    binding: Binding
    target: PushTarget

    @property
    def key(self) -> _Key:
        """The app on the device, as one customer's credentials reach it."""
        return customer_of(self.aor), self.target._replace(message_key="")


def sleeper(aor: str, binding: Binding) -> Sleeper | None:
    """The device of a binding, None when it can't be pushed."""
    target = target_of(binding) if binding.is_pushed else None
    return Sleeper(aor, binding, target) if target else None


class Pushed(Protocol):
    """A hold whose device is pushed."""

    def on_pushed(self, outcome: Outcome) -> None:
        """The push has that outcome."""


class SharedPush:
    """One push, and the requests that are held for its device. `outcome` is None before the provider's answer."""

    __slots__ = ("_began", "_holds", "_is_for_a_call", "_users", "addresses", "outcome")

    def __init__(self, purpose: Purpose, now: float) -> None:
        self._began = now
        self._is_for_a_call = purpose is Purpose.CALL
        self._users: list[Pushed] = []
        self._holds = 0
        self.addresses: dict[str, Binding] = {}
        self.outcome: Outcome | None = None

    def serves(self, device: Sleeper, purpose: Purpose, now: float) -> bool:
        """Whether a further request needs no push of its own. An iPhone's call has a token of its own."""
        is_same = self._is_for_a_call or purpose is not Purpose.CALL or not device.target.voip_token
        return is_same and bool(self._holds) and now < self._began + _FRESH_S

    def join(self, device: Sleeper, user: Pushed) -> None:
        """Let one more request wait for the device."""
        self._holds += 1
        self.addresses[device.aor] = device.binding
        if self.outcome:
            user.on_pushed(self.outcome)
        else:
            self._users.append(user)

    def leave(self) -> None:
        """A request no longer waits."""
        self._holds -= 1

    def conclude(self, outcome: Outcome) -> None:
        """Tell the requests of the provider's answer."""
        self.outcome = outcome
        users, self._users = self._users, []
        for user in users:
            user.on_pushed(outcome)

    @property
    def is_over(self) -> bool:
        """Whether no request waits for the device any more."""
        return not self._holds


class WakeUps:
    """Sends pushes within the limits of their callers. `clock` gives seconds since the epoch."""

    def __init__(
        self,
        pusher: Pusher,
        limits: PushLimits,
        removals: Removals,
        log: WakeUpLog,
        clock: Callable[[], float],
    ) -> None:
        self._pusher = pusher
        self._limits = limits
        self._removals = removals
        self._clock = clock
        self._pushes: dict[_Key, SharedPush] = {}
        self.log = log

    def __len__(self) -> int:
        """The number of devices that are being woken."""
        return len(self._pushes)

    def wake(self, device: Sleeper, purpose: Purpose, source: Flow, user: Pushed) -> SharedPush | None:
        """Wake a device for a request that came over the flow `source`.

        `user` gets the outcome, perhaps from within this call. Returns the push, to be left when the request no longer
        waits. Returns None when a limit forbids it.
        """
        now, key = self._clock(), device.key
        push = self._pushes.get(key)
        if push is None or not push.serves(device, purpose, now):
            if not self._limits.spend(device.aor, source, now):
                user.on_pushed(TOO_MANY)
                return None
            push = self._pushes[key] = SharedPush(purpose, now)
            on_outcome = partial(self._on_outcome, push)
            self._pusher.push(customer_of(device.aor), device.target, purpose, _FRESH_S, on_outcome)
        push.join(device, user)
        return push

    def leave(self, device: Sleeper, push: SharedPush) -> None:
        """A request no longer waits for the device. After the last one, the next request has a push of its own."""
        push.leave()
        if push.is_over and self._pushes.get(device.key) is push:
            del self._pushes[device.key]

    def _on_outcome(self, push: SharedPush, outcome: Outcome) -> None:
        if outcome.result is Result.UNREGISTERED:
            for aor, binding in push.addresses.items():
                self._removals.push_refused(aor, binding)
        push.conclude(outcome)
