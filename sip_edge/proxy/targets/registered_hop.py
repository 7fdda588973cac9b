"""The way to a device of ours within a dialog.

It is the flow of its route token, then the flow of the device's current binding. A request goes over the flow of its
token at once. The location service is read after that flow has failed, or has been silent for T1. So a request to a
device that has not moved costs no read.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final, NamedTuple

from directory.edge.address_book import ReadOutcome
from directory.schema.model import Address, Binding
from sip_edge.continuation import Continuation
from sip_edge.fleet.fleet import Fleet
from sip_edge.location.domains import Domains
from sip_edge.location.gruu import Device, Gruus
from sip_edge.location.location_store import LocationStore
from sip_edge.message.uri import Uri
from sip_edge.proxy.dialog.device_address import PARAMETER, PUSHED, current_binding
from sip_edge.proxy.targets.held_requests import Sought
from sip_edge.proxy.targets.target import Holder, NextHop, OnFlowFound, Target
from sip_edge.transport.flow import Flow

_MOST_MOVED: Final = 10_000


class FoundDevice(NamedTuple):
    """A device at its address of record.

    `flow` is that of its `binding`, None when there is none or it has ended. `places` are those of all bindings of the
    address. It `is_moving` when a connection of the address has just ended. It `is_pushed` for requests of its dialog
    when it has asked for that. `aor` is "" when there is no such address.
    """

    aor: str
    flow: Flow | None = None
    places: frozenset[str] = frozenset()
    binding: Binding | None = None
    is_moving: bool = False
    is_pushed: bool = False


_NOT_FOUND: Final = FoundDevice("")


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
        self.clock = clock
        self._moved: OrderedDict[str, tuple[str, str]] = OrderedDict()

    def next_hop(self, flow: Flow | None, device: Uri) -> NextHop:
        """The next hop to the device of that address, whose route token has that flow, None when that has ended."""
        place = self._moved.get(_move(device, flow)) if self._moved else None
        moved = self._fleet.find(*place) if place else None
        return _RegisteredHop(self, device, flow, moved or flow, is_new=False)

    def hop_after(self, flow: Flow | None, device: Uri) -> NextHop:
        """The next hop to a device after the flow of its binding, None when that has ended."""
        return _RegisteredHop(self, device, flow, flow, is_new=True)

    def find(self, device: Uri, on_device_found: Continuation[FoundDevice]) -> None:
        """Find the flow of the device's binding."""
        username, registration = self._gruus.open(device) or (device.user, "")  # a former edge sealed a GRUU
        aor = self._domains.aor(username, device.host)
        if aor is None:
            on_device_found(_NOT_FOUND)
            return
        on_device_read = partial(self._on_device_read, aor, device, registration, on_device_found)
        self._store.read(aor, on_device_found.preceded_by(on_device_read))

    def note_move(self, device: Uri, former: Flow | None, flow: Flow) -> None:
        """Remember that a device has moved to a flow. Dialogs with the flow `former` in their token follow."""
        move = _move(device, former)
        self._moved[move] = (flow.edge or self._fleet.name, flow.name)
        self._moved.move_to_end(move)
        if len(self._moved) > _MOST_MOVED:
            self._moved.popitem(last=False)

    def _on_device_read(
        self,
        aor: str,
        device: Uri,
        registration: str,
        on_device_found: Continuation[FoundDevice],
        outcome: ReadOutcome,
    ) -> None:
        if not isinstance(outcome, Address):
            on_device_found(_NOT_FOUND._replace(aor=aor))
            return
        now = self.clock()
        live = outcome.live_bindings(now)
        if PARAMETER in device.params:
            binding = current_binding(outcome, device.parameter(PARAMETER), now)
        else:  # a former edge sealed the address of record or a GRUU
            bound = [b for b in live if Device(mark=registration).has(b)]
            binding = bound[-1] if bound else None
        flow = self._fleet.find(binding.edge, binding.flow) if binding and not binding.asleep_since else None
        is_moving = outcome.waiting.lost_until > now
        places, is_pushed = frozenset([b.place for b in live]), PUSHED in device.params
        on_device_found(FoundDevice(aor, flow, places, binding, is_moving, is_pushed))


class _RegisteredHop:
    """The way to one device. `former` is its flow when the dialog began, and `flow` is the one that it has moved to.

    The request `is_new` when it is not within a dialog. Then it has gone over the flow.
    """

    __slots__ = ("_binding", "_device", "_flow", "_former", "_hops", "_is_new", "_is_tried")

    def __init__(
        self, hops: RegisteredHops, device: Uri, former: Flow | None, flow: Flow | None, *, is_new: bool
    ) -> None:
        self._hops = hops
        self._former = former
        self._flow = flow
        self._device = device
        self._is_new = self._is_tried = is_new
        self._binding: Binding | None = None

    def next_flow(self, holder: Holder | None, on_flow_found: OnFlowFound) -> None:
        """See NextHop."""
        if self._flow and not self._is_tried:
            self._is_tried = True
            on_flow_found(self._flow)
        else:
            self._find(holder, True, on_flow_found)

    def other_flow(self, holder: Holder | None, on_flow_found: OnFlowFound) -> None:
        """See NextHop."""
        self._find(holder, False, on_flow_found)

    def target_at(self, flow: Flow, target: Target) -> Target:
        """See NextHop. The Request-URI of a request within a dialog stays."""
        if self._is_new and self._binding:
            return replace(target, flow=flow, uri=self._binding.contact, path=self._binding.path)
        return replace(target, flow=flow)

    def _find(self, holder: Holder | None, is_gone: bool, on_flow_found: OnFlowFound) -> None:
        on_device_found = partial(self._on_device_found, holder, is_gone, on_flow_found)
        self._hops.find(self._device, on_flow_found.preceded_by(on_device_found))

    def _on_device_found(
        self, holder: Holder | None, is_gone: bool, on_flow_found: OnFlowFound, found: FoundDevice
    ) -> None:
        flow, tried = found.flow, self._flow
        if flow is None or (tried and (tried.name, tried.edge) == (flow.name, flow.edge)):
            if holder is None or not found.aor:
                on_flow_found(None)
                return
            is_gone = is_gone or flow is None
            sought = Sought(found.aor, found.places, found.binding, is_gone, found.is_moving, found.is_pushed)
            on_hold_end = on_flow_found.preceded_by(partial(self._on_hold_end, holder, is_gone, on_flow_found))
            if flow and holder.hold.has_registered:
                holder.on_back()
            holder.hold.wait(sought, on_hold_end)
            return
        self._flow = flow
        self._binding = found.binding
        self._is_tried = True
        self._hops.note_move(self._device, self._former, flow)
        if self._is_new:  # the dialog begins at this flow
            self._former = flow
        if holder is None or holder.hold.on_found(self._hops.clock()):
            on_flow_found(flow)

    def _on_hold_end(
        self, holder: Holder | None, is_gone: bool, on_flow_found: OnFlowFound, has_registered: bool
    ) -> None:
        if has_registered:
            self._find(holder, is_gone, on_flow_found)
        else:
            on_flow_found(None)


def _move(device: Uri, former: Flow | None) -> str:
    """The key of a move. A dialog that has begun at the new flow has another one: the device may move on."""
    place = f"{former.edge} {former.name}" if former else ""
    return f"{device.user}@{device.host}{device.params} {place}"
