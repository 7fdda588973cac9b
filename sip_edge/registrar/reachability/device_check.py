"""Finds out whether the devices that have the places of an extension are still there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from directory.schema.model import Address, Binding
from sip_edge.push.outcome import Outcome, Pusher, Result
from sip_edge.push.parameters import Purpose
from sip_edge.registrar.bindings.removal import Removals
from sip_edge.registrar.push_support import target_of
from sip_edge.registrar.reachability.options_ping import OptionsPing, Silence

WAKE_UP_S: Final = 30  # a phone that is pushed registers within seconds


class DeviceCheck:
    """Pings devices that are awake, and pushes those that sleep."""

    __slots__ = ("_ping", "_pusher", "_removals")

    def __init__(self, ping: OptionsPing, pusher: Pusher, removals: Removals) -> None:
        self._ping = ping
        self._pusher = pusher
        self._removals = removals

    def ping(self, bindings: tuple[Binding, ...], then: Callable[[Silence], None], now: float) -> None:
        """Asks each device for a sign of life. `then` gets those that gave none within two seconds."""
        self._ping.ask(bindings, then, now)

    def wake(self, address: Address, bindings: tuple[Binding, ...]) -> None:
        """Pushes devices, so that they register. One whose app is gone loses its binding at once."""
        for binding in bindings:
            self._push(address, binding)

    def _push(self, address: Address, binding: Binding) -> None:
        def on_pushed(outcome: Outcome) -> None:
            if outcome.result is Result.UNREGISTERED:
                self._removals.push_refused(address.aor, binding)

        target = target_of(binding)
        if target:
            self._pusher.push(address.customer_id, target, Purpose.REFRESH, WAKE_UP_S, on_pushed)
