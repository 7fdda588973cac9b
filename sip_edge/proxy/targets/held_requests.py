"""Holds requests for a device that is silent or gone.

A request waits until the device registers, or until the time of the caller is over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from sip_edge.message.errors import RejectError
from sip_edge.transaction.timers import NEVER, Timed, Timers

HELD_METHODS: Final = frozenset(("INVITE", "MESSAGE"))
# A device that changes its network is back after that.
NOT_REACHED: Final = RejectError("480 Temporarily Unavailable", "Retry-After: 5")
LONGEST_HOLD_S: Final = 9.0  # a caller has an answer within ten seconds
LEAST_HOLD_S: Final = 3.0  # for a device that is asked late, after others or after its registration
_UNANNOUNCED_S: Final = 1.5  # a slow device has answered by then, and costs no write
OnHoldEnd = Callable[[bool], None]


class RegistrationWatch(Protocol):
    """Tells of registrations (`registrar.awaited_registrations.AwaitedRegistrations`)."""

    def wait(self, aor: str, on_registered: Callable[[], None]) -> bool:
        """Call `on_registered` after the next 2xx to a REGISTER for the address. False when too many requests wait."""

    def leave(self, aor: str, on_registered: Callable[[], None]) -> None:
        """End a wait."""

    def announce(self, aor: str, flows: frozenset[str], until: float) -> None:
        """Let other edges tell of a registration with another flow than these until then."""


class HeldRequests:
    """Begins holds."""

    def __init__(self, registrations: RegistrationWatch, timers: Timers, clock: Callable[[], float]) -> None:
        self._registrations = registrations
        self._timers = timers
        self._clock = clock

    def hold(self, aor: str, flows: frozenset[str], is_gone: bool, until: float, on_end: OnHoldEnd) -> None:
        """Hold a request for an address that was seen with these flows, until it registers or that time is over.

        Its device `is_gone`, or it is silent and may be slow. `on_end` gets whether it has registered, never from
        within this call. When too many requests wait already, this one waits for the end of its time alone.
        """
        now = self._clock()
        announced = now if is_gone else min(now + _UNANNOUNCED_S, until)
        _Hold(self._registrations, self._timers, aor, flows, until).begin(announced, on_end)


class _Hold(Timed):
    """One held request."""

    __slots__ = ("_aor", "_flows", "_is_announced", "_on_end", "_on_registered", "_registrations", "_timers", "_until")

    def __init__(
        self, registrations: RegistrationWatch, timers: Timers, aor: str, flows: frozenset[str], until: float
    ) -> None:
        self.deadline = NEVER
        self._registrations = registrations
        self._timers = timers
        self._aor = aor
        self._flows = flows
        self._until = until
        self._is_announced = False

    def begin(self, announced: float, on_end: OnHoldEnd) -> None:
        """Wait. Other edges are told at the time `announced`."""

        def on_registered() -> None:
            self.deadline = NEVER
            on_end(True)

        self._on_end = on_end
        self._on_registered = on_registered
        self._is_announced = not self._registrations.wait(self._aor, on_registered)
        self._timers.arm(self, self._until if self._is_announced else announced)

    def expire(self, now: float) -> None:
        """Tell other edges, or give up."""
        if now < self._until and not self._is_announced:
            self._is_announced = True
            self._registrations.announce(self._aor, self._flows, self._until)
            self._timers.arm(self, self._until)
        else:
            self._registrations.leave(self._aor, self._on_registered)
            self._on_end(False)
