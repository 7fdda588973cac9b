"""The way to a device of ours within a dialog: the flow of its route token, then the flow of its current binding.

A request goes over the flow of its token at once. The location service is read after that flow has failed, or has been
silent for T1. So a request to a device that has not moved costs no read.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import Final

from directory.edge.address_book import ReadOutcome
from directory.schema.model import Address
from sip_edge.fleet.fleet import Fleet
from sip_edge.location.domains import Domains
from sip_edge.location.gruu import Device, Gruus
from sip_edge.location.location_store import LocationStore
from sip_edge.message.uri import Uri
from sip_edge.proxy.dialog.device_address import PARAMETER, current_binding
from sip_edge.proxy.targets.target import NextHop, OnFlowFound
from sip_edge.transport.flow import Flow

_MOST_MOVED: Final = 10_000


class RegisteredHops:
    """Finds the flows of devices. It remembers those of devices that have moved: an ACK gets no answer over any flow.

    `clock` gives seconds since the epoch.
    """

    def __init__(
        self,
        store: LocationStore,
        domains: Domains,
        gruus: Gruus,
        fleet: Fleet,
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._domains = domains
        self._gruus = gruus
        self._fleet = fleet
        self._clock = clock
        self._moved: OrderedDict[str, tuple[str, str]] = OrderedDict()

    def next_hop(self, flow: Flow | None, device: Uri) -> NextHop:
        """The next hop to the device of that address, whose route token has that flow."""
        if self._moved:
            place = self._moved.get(_name(device))
            flow = (self._fleet.find(*place) if place else None) or flow
        return _RegisteredHop(self, flow, device)

    def find(self, device: Uri, on_flow_found: OnFlowFound) -> None:
        """Find the flow of the device's binding; None when it has none."""
        username, registration = self._gruus.open(device) or (device.user, "")  # a former edge sealed a GRUU
        aor = self._domains.aor(username, device.host)
        if aor is None:
            on_flow_found(None)
            return
        on_device_read = partial(self._on_device_read, device, registration, on_flow_found)
        self._store.read(aor, on_flow_found.preceded_by(on_device_read))

    def note_move(self, device: Uri, flow: Flow) -> None:
        """Remember that a device has moved to a flow."""
        name = _name(device)
        self._moved[name] = (flow.edge or self._fleet.name, flow.name)
        self._moved.move_to_end(name)
        if len(self._moved) > _MOST_MOVED:
            self._moved.popitem(last=False)

    def _on_device_read(self, device: Uri, registration: str, on_flow_found: OnFlowFound, outcome: ReadOutcome) -> None:
        binding, now = None, self._clock()
        if isinstance(outcome, Address) and PARAMETER in device.params:
            binding = current_binding(outcome, device.parameter(PARAMETER), now)
        elif isinstance(outcome, Address):  # a former edge sealed the address of record or a GRUU
            bound = [b for b in outcome.live_bindings(now) if Device(mark=registration).has(b)]
            binding = bound[-1] if bound else None
        on_flow_found(self._fleet.find(binding.edge, binding.flow) if binding else None)


class _RegisteredHop:
    """The way to one device, over `flow` first."""

    __slots__ = ("_device", "_flow", "_hops", "_is_tried")

    def __init__(self, hops: RegisteredHops, flow: Flow | None, device: Uri) -> None:
        self._hops = hops
        self._flow = flow
        self._device = device
        self._is_tried = False

    def next_flow(self, on_flow_found: OnFlowFound) -> None:
        """See NextHop."""
        if self._flow and not self._is_tried:
            self._is_tried = True
            on_flow_found(self._flow)
        else:
            self.new_flow(on_flow_found)

    def new_flow(self, on_flow_found: OnFlowFound) -> None:
        """See NextHop."""
        self._hops.find(self._device, on_flow_found.preceded_by(partial(self._on_registered, on_flow_found)))

    def _on_registered(self, on_flow_found: OnFlowFound, flow: Flow | None) -> None:
        tried = self._flow
        if flow is None or (tried and (tried.name, tried.edge) == (flow.name, flow.edge)):
            on_flow_found(None)
            return
        self._flow = flow
        self._is_tried = True
        self._hops.note_move(self._device, flow)
        on_flow_found(flow)


def _name(device: Uri) -> str:
    return f"{device.user}@{device.host}{device.params}"
