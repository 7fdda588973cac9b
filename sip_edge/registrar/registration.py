"""A REGISTER with credentials from their proof to the answer (RFC 3261 §10.3)."""

from __future__ import annotations

from dataclasses import replace

from directory.edge.address_book import Unavailable
from directory.schema.model import NO_HA1S, Address, Binding, Device, device_of
from directory.schema.reasons import Reason
from directory.schema.waiting import NO_WAITING
from sip_edge.auth.nonce import Nonces, stamp_of
from sip_edge.continuation import Continuation
from sip_edge.message.errors import RejectError
from sip_edge.message.via import Via
from sip_edge.registrar.bindings.address_updates import AddressUpdates
from sip_edge.registrar.bindings.binding_rules import (
    Occupied,
    bindings_after,
    device_asleep,
    sleepers,
    too_many_devices,
)
from sip_edge.registrar.push_support import PushSupport
from sip_edge.registrar.reachability.device_check import DeviceCheck
from sip_edge.registrar.reachability.options_ping import Silence
from sip_edge.registrar.reachability.place_pushes import WAKE_UP_S
from sip_edge.registrar.register_request import RegisterRequest
from sip_edge.registrar.register_responses import Acceptance, RegisterResponses
from sip_edge.transaction.layer import Transactions
from sip_edge.transaction.server import ServerTransaction, ServerTransactionUser


class Registrations:
    """Begins a registration for each REGISTER with credentials on a nonce of ours."""

    __slots__ = ("_devices", "_nonces", "_push_support", "_responses", "_transactions", "_updates")

    def __init__(
        self,
        transactions: Transactions,
        updates: AddressUpdates,
        devices: DeviceCheck,
        push_support: PushSupport,
        nonces: Nonces,
        responses: RegisterResponses,
    ) -> None:
        self._transactions = transactions
        self._updates = updates
        self._devices = devices
        self._push_support = push_support
        self._nonces = nonces
        self._responses = responses

    def begin(self, register: RegisterRequest, via: Via, now: float) -> None:
        """Serves a REGISTER in a server transaction of its own."""
        server = self._transactions.serve(register.message, via, register.origin.flow)
        _Registration(register, self._updates, self._devices, self._push_support, self._nonces, self._responses).begin(
            server, now
        )


class _Registration(ServerTransactionUser):
    """One REGISTER with credentials until it is answered (an `AddressChange`)."""

    __slots__ = (
        "_began",
        "_decided",
        "_devices",
        "_extension_id",
        "_nonces",
        "_push_support",
        "_refusal",
        "_register",
        "_responses",
        "_server",
        "_sleepers",
        "_unreachable",
        "_updates",
        "aor",
        "conflicts",
    )

    _server: ServerTransaction

    def __init__(
        self,
        register: RegisterRequest,
        updates: AddressUpdates,
        devices: DeviceCheck,
        push_support: PushSupport,
        nonces: Nonces,
        responses: RegisterResponses,
    ) -> None:
        self._register = register
        self._updates = updates
        self._devices = devices
        self._push_support = push_support
        self._nonces = nonces
        self._responses = responses
        self._sleepers: tuple[Binding, ...] = ()
        self._unreachable: frozenset[Device] = frozenset()
        self._refusal: RejectError | None = None
        self._began = self._decided = 0.0
        self._extension_id = ""
        self.aor = register.aor
        self.conflicts = 0

    def begin(self, server: ServerTransaction, now: float) -> None:
        """Serves the REGISTER in its transaction. A cached address may accept it; a refusal needs a read first."""
        self._began = now
        self._server = server
        server.assign(self, now)
        cached = self._updates.recall(self.aor)
        # An address that isn't cached takes as long to prove: a difference would tell which names there are.
        if self._proves(cached, now) and cached is not None:
            self._decide_bindings(cached, now)
        else:
            self._updates.read(self)

    def decide(self, address: Address | None, now: float) -> None:
        """Checks the credentials, then decides. Unknown usernames and wrong passwords get the same answer."""
        if self._server.settled:
            return  # overdue: the phone has its 500
        self._extension_id = address.extension_id if address else ""
        if not self._proves(address, now) or address is None:
            self._responses.challenge(self._register, self._server, self._fault(address), self._extension_id, now)
        else:
            self._updates.keep(address)
            self._decide_bindings(address, now)

    def on_stored(self, seen: Address, stored: Address, now: float) -> None:
        """Answers when the outcome is durable."""
        register = self._register
        if self._refusal:
            self._responses.refuse(register, self._server, self._refusal, self._extension_id, now)
            self._devices.wake(stored, self._sleepers)
        else:
            acceptance = Acceptance(seen, self._began, self._decided, bool(self._unreachable))
            self._responses.accept(register, self._server, stored, acceptance, now)

    def on_unavailable(self, outcome: Unavailable, retry_after_s: int, now: float) -> None:
        """Answers 503."""
        self._responses.unavailable(self._register, self._server, outcome.reason, retry_after_s, now)

    def fail(self, error: Exception) -> None:
        """Answers 500 (see `AddressChange` and `ServerTransactionUser`)."""
        self._responses.fail(self._register, self._server, error)

    def _proves(self, address: Address | None, now: float) -> bool:
        """Returns whether the credentials fit a valid password, and notes which one it is with the device."""
        ha1s = address.ha1s(now) if address and self._has_own_username() else NO_HA1S
        found = self._register.credentials.proved_by("REGISTER", ha1s)
        if found is None or address is None:
            return False
        self._register.password_number = address.password_number - found
        return True

    def _has_own_username(self) -> bool:
        """Returns whether the credentials are of the username that is to be registered."""
        return self._register.credentials.username == self.aor.partition("@")[0]

    def _fault(self, address: Address | None) -> Reason:
        """Returns the fault of credentials that prove nothing."""
        if address is None:
            return Reason.UNKNOWN_USERNAME
        if address.disabled:
            return Reason.EXTENSION_DISABLED
        return Reason.WRONG_PASSWORD if self._has_own_username() else Reason.OTHER_AUTHENTICATION_NAME

    def _decide_bindings(self, address: Address, now: float) -> None:
        """Decides the bindings of the address. A refusal is written, too: it uses the credentials up."""
        self._decided = now
        self._extension_id = address.extension_id
        self._refusal = None
        self._sleepers = ()
        credentials = self._register.credentials
        stamp = stamp_of(credentials.nonce)
        self._nonces.follow(max(stamp, address.nonce), self.aor, now)
        if self._register.has_push and self._register.services is None:
            on_settled: Continuation[None] = Continuation(lambda _: self._updates.begin(self), self.fail)
            self._push_support.settle(self._register, address, on_settled)
            return
        used, watermark = (stamp, credentials.nc), (address.nonce, address.nc)
        if used == watermark and self._was_stored(address, now):
            acceptance = Acceptance(address, self._began, now, False)
            self._responses.accept(self._register, self._server, address, acceptance, now)
            return
        if used <= watermark:
            self._responses.challenge_anew(self._register, self._server, address, now)
            return
        try:
            bindings = bindings_after(address, self._register, stamp, now, self._unreachable)
        except RejectError as refusal:
            self._refuse(address, refusal, address.live_bindings(now))
            return
        if isinstance(bindings, Occupied):
            self._ping_devices(address, bindings, now)
        else:
            self._write(address, bindings)

    def _was_stored(self, address: Address, now: float) -> bool:
        """Returns whether this very request was stored before, and its answer was lost."""
        register = self._register
        return any(
            b.call_id == register.call_id and b.cseq == register.cseq and b.flow == register.flow
            for b in address.live_bindings(now)
        )

    def _ping_devices(self, address: Address, occupied: Occupied, now: float) -> None:
        on_pinged: Continuation[Silence] = Continuation(
            lambda silence: self._on_pinged(address, occupied, silence), self.fail
        )
        self._devices.ping(occupied.bindings, on_pinged, now)

    def _on_pinged(self, address: Address, occupied: Occupied, silence: Silence) -> None:
        """Decides again without the devices that are gone. Otherwise the newcomer is refused."""
        asleep = sleepers(occupied.bindings, silence.devices, silence.now)
        if gone := silence.devices - asleep:
            self._unreachable |= gone
            self._decide_bindings(address, silence.now)
        elif asleep:
            self._await_sleepers(address, asleep, silence.now)
        else:
            refusal = too_many_devices(address.max_devices)
            self._refuse(address, refusal, address.live_bindings(silence.now))

    def _await_sleepers(self, address: Address, asleep: frozenset[Device], now: float) -> None:
        """Gives sleeping devices until `wake_by` to register, and refuses the newcomer until then."""
        end = int(now) + WAKE_UP_S
        live = address.live_bindings(now)
        self._sleepers = tuple([b for b in live if device_of(b) in asleep and not b.wake_by])
        bindings = tuple([replace(b, wake_by=end) if b in self._sleepers else b for b in live])
        wake_by = max([b.wake_by for b in bindings if device_of(b) in asleep])
        self._refuse(address, device_asleep(max(1, wake_by - int(now))), bindings)

    def _refuse(self, address: Address, refusal: RejectError, bindings: tuple[Binding, ...]) -> None:
        self._refusal = refusal
        self._write(address, bindings)

    def _write(self, seen: Address, bindings: tuple[Binding, ...]) -> None:
        """Writes bindings and watermark together."""
        credentials = self._register.credentials
        waiting = NO_WAITING if bindings and not self._refusal else None
        changed = seen.with_bindings(bindings, stamp_of(credentials.nonce), credentials.nc, waiting)
        if self._refusal or not self._register.has_push:
            self._updates.write(self, seen, changed)
            return
        on_planned: Continuation[bool] = Continuation(
            lambda is_durable: self._on_planned(seen, changed, is_durable), self.fail
        )
        self._push_support.plan_refreshes(self._register, changed, on_planned)

    def _on_planned(self, seen: Address, changed: Address, is_durable: bool) -> None:
        """Writes when the pushes before the end are durable, too: without one the phone is lost at the end."""
        if is_durable:
            self._updates.write(self, seen, changed)
        else:
            self._updates.refuse(self, "refresh_unplanned")
