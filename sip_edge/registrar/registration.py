"""A REGISTER with credentials from their proof to the answer (RFC 3261 §10.3)."""

from __future__ import annotations

from directory.edge.address_book import Unavailable
from directory.schema.model import NO_HA1S, Address, Binding, Device
from directory.schema.reasons import Reason
from sip_edge.auth.nonce import Nonces, stamp_of
from sip_edge.continuation import Continuation
from sip_edge.message.errors import RejectError
from sip_edge.message.via import Via
from sip_edge.registrar.address_updates import AddressUpdates
from sip_edge.registrar.binding_rules import Occupied, bindings_after, too_many_devices
from sip_edge.registrar.diagnosis.register_log import RegisterLog
from sip_edge.registrar.reachability.options_ping import OptionsPing, Silence
from sip_edge.registrar.register_request import RegisterRequest
from sip_edge.registrar.register_responses import RegisterResponses
from sip_edge.transaction.layer import Transactions
from sip_edge.transaction.server import ServerTransaction, ServerTransactionUser


class Registrations:
    """Begins a registration for each REGISTER with credentials on a nonce of ours."""

    __slots__ = ("_log", "_nonces", "_ping", "_responses", "_transactions", "_updates")

    def __init__(
        self,
        transactions: Transactions,
        updates: AddressUpdates,
        ping: OptionsPing,
        nonces: Nonces,
        responses: RegisterResponses,
        log: RegisterLog,
    ) -> None:
        self._transactions = transactions
        self._updates = updates
        self._ping = ping
        self._nonces = nonces
        self._responses = responses
        self._log = log

    def begin(self, register: RegisterRequest, via: Via, now: float) -> None:
        """Serves a REGISTER in a server transaction of its own."""
        server = self._transactions.serve(register.message, via, register.origin.flow)
        registration = _Registration(register, self._updates, self._ping, self._nonces, self._responses, self._log)
        registration.begin(server, now)


class _Registration(ServerTransactionUser):
    """One REGISTER with credentials until it is answered (an `AddressChange`)."""

    __slots__ = (
        "_began",
        "_decided",
        "_extension_id",
        "_log",
        "_nonces",
        "_ping",
        "_refusal",
        "_register",
        "_responses",
        "_server",
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
        ping: OptionsPing,
        nonces: Nonces,
        responses: RegisterResponses,
        log: RegisterLog,
    ) -> None:
        self._register = register
        self._updates = updates
        self._ping = ping
        self._nonces = nonces
        self._responses = responses
        self._log = log
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
            return
        self._log.note_stored(register, seen, stored)
        if self._unreachable:
            self._log.note_replacement(register, stored, now)
        self._accept(stored, now)

    def on_unavailable(self, outcome: Unavailable, now: float) -> None:
        """Answers 503."""
        self._responses.unavailable(self._register, self._server, outcome.reason, now)

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
        credentials = self._register.credentials
        stamp = stamp_of(credentials.nonce)
        self._nonces.follow(max(stamp, address.nonce), self.aor, now)
        used, watermark = (stamp, credentials.nc), (address.nonce, address.nc)
        if used == watermark and self._was_stored(address, now):
            self._accept(address, now)
            return
        if used <= watermark:
            self._responses.challenge_anew(self._register, self._server, address, now)
            return
        try:
            bindings = bindings_after(address, self._register, stamp, now, self._unreachable)
        except RejectError as refusal:
            self._refuse(address, refusal, now)
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
        on_pinged: Continuation[Silence] = Continuation(lambda silence: self._on_pinged(address, silence), self.fail)
        self._ping.ask(occupied.bindings, on_pinged, now)

    def _on_pinged(self, address: Address, silence: Silence) -> None:
        """Decides again without the devices that are silent. When all have answered the newcomer is refused."""
        if silence.devices:
            self._unreachable |= silence.devices
            self._decide_bindings(address, silence.now)
        else:
            self._refuse(address, too_many_devices(address.max_devices), silence.now)

    def _refuse(self, address: Address, refusal: RejectError, now: float) -> None:
        self._refusal = refusal
        self._write(address, address.live_bindings(now))

    def _write(self, seen: Address, bindings: tuple[Binding, ...]) -> None:
        """Writes bindings and watermark together."""
        credentials = self._register.credentials
        changed = seen.with_bindings(bindings, stamp_of(credentials.nonce), credentials.nc)
        self._updates.write(self, seen, changed)

    def _accept(self, address: Address, now: float) -> None:
        self._responses.accept(self._register, self._server, address, self._decided, now)
        self._log.note_answer_time(now - self._began)
