"""The location service lookup: the targets of a request for one of our addresses (RFC 3261 §16.5)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import groupby
from typing import NamedTuple

from directory.edge.address_book import ReadOutcome, ResolveOutcome, Unavailable
from directory.schema.model import Binding
from sip_edge.continuation import Continuation
from sip_edge.fleet.fleet import Fleet
from sip_edge.location.domains import Domains
from sip_edge.location.gruu import ANY_DEVICE, Device, Gruus
from sip_edge.location.location_store import LocationStore
from sip_edge.location.unavailable import unavailable
from sip_edge.message import uri as uris
from sip_edge.message.errors import RejectError
from sip_edge.message.uri import Uri
from sip_edge.proxy.dialog.device_address import device_address
from sip_edge.proxy.targets.registered_hop import RegisteredHops
from sip_edge.proxy.targets.target import Target
from sip_edge.transport.flow import Flow

_UNKNOWN = "404 Not Found"
_UNREGISTERED = "480 Temporarily Unavailable"


class Located(NamedTuple):
    """The address of record behind an address, "" when there is none, and its targets.

    The `groups` of targets are tried one after the other. A refusal in their place is the answer to the request. `gone`
    is not None when the connection of a device has just ended. Such a device is likely to register again. `gone` has
    the flows of the bindings that are still there.
    """

    aor: str
    groups: list[list[Target]] | RejectError
    gone: frozenset[str] | None = None


OnLocated = Continuation[Located]


class LocationLookup:
    """Finds targets. Everything is read anew for each call, so that a change over the API holds at once."""

    def __init__(
        self,
        store: LocationStore,
        domains: Domains,
        gruus: Gruus,
        fleet: Fleet,
        hops: RegisteredHops,
        clock: Callable[[], float],
    ) -> None:
        self._hops = hops
        self._store = store
        self._domains = domains
        self._gruus = gruus
        self._fleet = fleet
        self._clock = clock

    def find(self, uri: Uri, on_located: OnLocated) -> None:
        """Find the targets of an address of ours."""
        direct_hash = self._domains.direct_hash(uri)
        username, registration = self._gruus.open(uri) or (uri.user, "")
        aor = self._domains.aor(username, uri.host)
        if direct_hash is not None:
            self._store.resolve(direct_hash, on_located.preceded_by(partial(self._on_resolved, on_located)))
        elif aor is not None:
            instance = uri.parameter("gr")
            device = Device(f"<{instance}>" if instance else "", registration)
            self._read(aor, device, on_located)
        else:
            on_located(Located("", RejectError(_UNKNOWN)))

    def _on_resolved(self, on_located: OnLocated, outcome: ResolveOutcome) -> None:
        if isinstance(outcome, Unavailable):
            on_located(Located("", unavailable()))
        elif outcome is None:
            on_located(Located("", RejectError(_UNKNOWN)))
        else:
            self._read(outcome, ANY_DEVICE, on_located)

    def _read(self, aor: str, device: Device, on_located: OnLocated) -> None:
        self._store.read(aor, on_located.preceded_by(partial(self._on_callee_read, device, on_located)))

    def _on_callee_read(self, device: Device, on_located: OnLocated, outcome: ReadOutcome) -> None:
        if isinstance(outcome, Unavailable):
            on_located(Located("", unavailable()))
        elif outcome is None:
            on_located(Located("", RejectError(_UNKNOWN)))
        else:
            now = self._clock()
            bindings = [b for b in outcome.live_bindings(now) if device.has(b)]
            groups = self._groups(outcome.aor, bindings)
            if groups:
                on_located(Located(outcome.aor, groups))
                return
            is_gone = bool(bindings) or outcome.waiting.lost_until > now
            gone = frozenset([b.flow for b in outcome.live_bindings(now)]) if is_gone else None
            on_located(Located(outcome.aor, RejectError(_UNREGISTERED), gone))

    def _groups(self, aor: str, bindings: list[Binding]) -> list[list[Target]]:
        """Bindings of equal q ring together, a higher q first (RFC 3261 §16.6); those whose flow has ended are out."""
        reachable = [(b, flow) for b in bindings if (flow := self._fleet.find(b.edge, b.flow))]
        # Of the several flows that a device may keep, the one it used last (RFC 5626 §7).
        last = {b.instance: b for b, _ in sorted(reachable, key=lambda pair: pair[0].expires) if b.reg_id}
        chosen = [(b, flow) for b, flow in reachable if not b.reg_id or last[b.instance] is b]
        chosen.sort(key=lambda pair: -pair[0].q)
        return [[self._target(aor, b, flow) for b, flow in group] for _, group in groupby(chosen, key=lambda p: p[0].q)]

    def _target(self, aor: str, binding: Binding, flow: Flow) -> Target:
        device = device_address(self._domains, aor, binding)
        next_hop = self._hops.hop_after(flow, uris.parse(device))
        return Target(flow, binding.contact, binding.path, next_hop, device=device)
