"""Finds out whether the devices that have the places of an extension are still there."""

from __future__ import annotations

from collections.abc import Callable

from directory.schema.model import Address, Binding
from sip_edge.registrar.reachability.options_ping import OptionsPing, Silence
from sip_edge.registrar.reachability.place_pushes import PlacePushes


class DeviceCheck:
    """Pings devices that are awake, and pushes those that sleep."""

    __slots__ = ("_ping", "_pushes")

    def __init__(self, ping: OptionsPing, pushes: PlacePushes) -> None:
        self._ping = ping
        self._pushes = pushes

    def ping(self, bindings: tuple[Binding, ...], then: Callable[[Silence], None], now: float) -> None:
        """Asks each device for a sign of life. `then` gets those that gave none within two seconds."""
        self._ping.ask(bindings, then, now)

    def wake(self, address: Address, bindings: tuple[Binding, ...]) -> None:
        """Pushes devices, so that they register. One whose app is gone loses its binding at once."""
        for binding in bindings:
            self._pushes.send(address, binding)
