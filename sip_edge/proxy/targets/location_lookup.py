"""The location service lookup: the targets of a request for one of our addresses (RFC 3261 §16.5)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import groupby
from typing import NamedTuple

from directory.edge.address_book import ReadOutcome, ResolveOutcome, Unavailable
from directory.schema.model import Binding, device_of
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
from sip_edge.proxy.targets.target import NO_FLOW, Target
from sip_edge.registrar.push_support import target_of
from sip_edge.transport.flow import Flow

_UNKNOWN = "404 Not Found"
_UNREGISTERED = "480 Temporarily Unavailable"


class Located(NamedTuple):
    """The address of record behind an address, "" when there is none, and its targets.

    The `groups` of targets are tried one after the other. A refusal in their place is the answer to the request. `gone`
    is not None when the connection of a device has just ended. Such a device is likely to register again. `gone` has
    the places of the bindings that are still there. The address `is_pushed` when one of its devices can be woken.
    """

    aor: str
    groups: list[list[Target]] | RejectError
    gone: frozenset[str] | None = None
    is_pushed: bool = False


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
            awake = self._awake(bindings)
            asleep = _asleep(bindings, awake)
            if awake or asleep:
                groups = self._groups(outcome.aor, awake + asleep, max([b.q for b, _ in awake], default=0))
                on_located(Located(outcome.aor, groups, is_pushed=any(b.is_pushed for b in bindings)))
                return
            is_gone = bool(bindings) or outcome.waiting.lost_until > now
            gone = frozenset([b.place for b in outcome.live_bindings(now)]) if is_gone else None
            on_located(Located(outcome.aor, RejectError(_UNREGISTERED), gone))

    def _awake(self, bindings: list[Binding]) -> list[tuple[Binding, Flow]]:
        """The bindings whose flow has not ended, with that flow."""
        reachable = [(b, flow) for b in bindings if not b.asleep_since and (flow := self._fleet.find(b.edge, b.flow))]
        # Of the several flows that a device may keep, the one it used last (RFC 5626 §7).
        last = {b.instance: b for b, _ in sorted(reachable, key=lambda pair: pair[0].expires) if b.reg_id}
        return [(b, flow) for b, flow in reachable if not b.reg_id or last[b.instance] is b]

    def _groups(self, aor: str, chosen: list[tuple[Binding, Flow]], best_q: int) -> list[list[Target]]:
        """Bindings of equal q ring together, a higher q first (RFC 3261 §16.6).

        The devices that are awake have `best_q` at most, 0 when all sleep. They wait for no sleeper of a higher q: it
        is woken when they ring.
        """

        def preference(pair: tuple[Binding, Flow]) -> int:
            return -min(pair[0].q, best_q)

        chosen.sort(key=preference)
        return [[self._target(aor, b, flow) for b, flow in group] for _, group in groupby(chosen, key=preference)]

    def _target(self, aor: str, binding: Binding, flow: Flow) -> Target:
        device = device_address(self._domains, aor, binding)
        next_hop = self._hops.hop_after(None if flow is NO_FLOW else flow, uris.parse(device))
        return Target(flow, binding.contact, binding.path, next_hop, device=device)


def _asleep(bindings: list[Binding], awake: list[tuple[Binding, Flow]]) -> list[tuple[Binding, Flow]]:
    """The last binding of each device that can be woken by a push and has no flow."""
    if len(bindings) == len(awake):
        return []
    reached = {device_of(b) for b, _ in awake}
    last = {device_of(b): b for b in bindings if b.is_pushed and target_of(b)}
    return [(b, NO_FLOW) for device, b in last.items() if device not in reached]
