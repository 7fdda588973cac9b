"""One REGISTER with credentials, on its way to an answer (RFC 3261 §10.3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from directory.edge.address_book import Conflict, ReadOutcome, Unavailable, WriteOutcome
from directory.schema.model import NO_HA1S, Address, Binding, Device, device_of
from directory.schema.reasons import Reason
from sip_edge.auth.digest import Credentials
from sip_edge.auth.nonce import Nonces, stamp_of, time_of
from sip_edge.continuation import Continuation
from sip_edge.guard.guard import Guard
from sip_edge.journal import Journal
from sip_edge.location.address_cache import AddressCache
from sip_edge.location.gruu import Gruus
from sip_edge.location.location_store import LocationStore
from sip_edge.location.unavailable import unavailable
from sip_edge.message.errors import RejectError
from sip_edge.message.message import Request
from sip_edge.message.reply import SERVER, reply
from sip_edge.registrar.binding_rules import Occupied, save, too_many_devices
from sip_edge.registrar.challenge import Challenge
from sip_edge.registrar.diagnosis.attempts import Attempts
from sip_edge.registrar.ok_response import accepted, date_line
from sip_edge.registrar.reachability.closed_connections import ClosedConnections
from sip_edge.registrar.reachability.expiry import Expiry
from sip_edge.registrar.reachability.keepalives import Keepalives
from sip_edge.registrar.reachability.options_ping import OptionsPing
from sip_edge.registrar.register_request import RegisterRequest
from sip_edge.transaction.server import ServerTransaction, ServerTransactionUser
from sip_edge.transaction.tokens import Tokens

_MOST_CONFLICTS: Final = 5


@dataclass(frozen=True, slots=True)
class RegistrationParts:
    """What a registration works with."""

    tokens: Tokens
    store: LocationStore
    memory: AddressCache
    liveness: OptionsPing
    nonces: Nonces
    challenge: Challenge
    gruus: Gruus
    keepalives: Keepalives
    closed_connections: ClosedConnections
    expiries: Expiry
    attempts: Attempts
    guard: Guard
    journal: Journal
    clock: Callable[[], float]


class Registration(ServerTransactionUser):
    """One REGISTER with credentials on a nonce of ours, on its way to an answer."""

    __slots__ = (
        "_aor",
        "_began",
        "_conflicts",
        "_credentials",
        "_dead",
        "_decided",
        "_extension_id",
        "_parts",
        "_request",
        "_server",
        "_wanted",
    )

    def __init__(
        self,
        parts: RegistrationParts,
        request: Request,
        server: ServerTransaction,
        aor: str,
        wanted: RegisterRequest,
        credentials: Credentials,
    ) -> None:
        self._parts = parts
        self._request = request
        self._server = server
        self._aor = aor
        self._wanted = wanted
        self._credentials = credentials
        self._dead: frozenset[Device] = frozenset()
        self._decided = 0.0
        self._extension_id = ""
        self._conflicts = 0

    def begin(self, now: float) -> None:
        """Decide by memory when it knows the credentials; nobody is refused on an old memory."""
        self._began = now
        self._server.assign(self, now)
        remembered = self._parts.memory.recall(self._aor)
        # What isn't remembered takes as long to prove: a difference would tell which names there are.
        if self._proves(remembered, now) and remembered is not None:
            self._decide(remembered, now)
        else:
            self._parts.store.read(self._aor, Continuation(self._on_read, self.fail))

    def fail(self, error: Exception) -> None:
        """See ServerTransactionUser."""
        self._parts.journal.trouble("internal_error", error, correlation_id=self._wanted.call_id)
        data = reply(self._request, "500 Server Internal Error", self._parts.tokens.next(), SERVER)
        self._server.respond(500, data, self._parts.clock())

    def _on_read(self, outcome: ReadOutcome) -> None:
        if self._server.settled:
            return  # too late: the phone has its 500
        if isinstance(outcome, Unavailable):
            self._unavailable(outcome)
        else:
            self._judge(outcome, self._parts.clock())

    def _judge(self, address: Address | None, now: float) -> None:
        """Check the credentials. Unknown and wrong look the same from outside."""
        self._extension_id = address.extension_id if address else ""
        if not self._proves(address, now) or address is None:
            self._challenge(self._fault(address), now, address is not None)
        else:
            self._parts.memory.keep(address)
            self._decide(address, now)

    def _proves(self, address: Address | None, now: float) -> bool:
        """Whether the credentials are of one of the passwords that hold; which one is noted with the device."""
        ha1s = address.ha1s(now) if address and self._is_named_alike() else NO_HA1S
        found = self._credentials.proved_by("REGISTER", ha1s)
        if found is None or address is None:
            return False
        self._wanted.password_number = address.password_number - found
        return True

    def _is_named_alike(self) -> bool:
        """Whether the credentials are of the username that is to be registered."""
        return self._credentials.username == self._aor.partition("@")[0]

    def _fault(self, address: Address | None) -> Reason:
        """What is wrong with credentials that prove nothing."""
        if address is None:
            return Reason.UNKNOWN_USERNAME
        if address.disabled:
            return Reason.EXTENSION_DISABLED
        return Reason.WRONG_PASSWORD if self._is_named_alike() else Reason.OTHER_AUTHENTICATION_NAME

    def _decide(self, address: Address, now: float) -> None:
        """Find out what the address becomes. Whatever the answer, the credentials are used up by a write."""
        self._decided = now
        self._extension_id = address.extension_id
        stamp, nc = stamp_of(self._credentials.nonce), self._credentials.nc
        self._parts.nonces.follow(max(stamp, address.nonce), self._aor, now)
        if (stamp, nc) <= (address.nonce, address.nc):
            if (stamp, nc) == (address.nonce, address.nc) and self._was_answered(address, now):
                self._accept(address, now)
            else:
                self._ask_again(address, now)
            return
        try:
            bindings = save(address, self._wanted, stamp, now, self._dead)
        except RejectError as refusal:
            self._write(address, address.live_bindings(now), refusal)
            return
        if isinstance(bindings, Occupied):
            then: Continuation[frozenset[Device]] = Continuation(
                lambda silent: self._on_liveness(address, silent), self.fail
            )
            self._parts.liveness.ask(bindings.bindings, then, now)
        else:
            self._write(address, bindings)

    def _was_answered(self, address: Address, now: float) -> bool:
        """Whether this very request was stored before, and its answer was lost."""
        wanted = self._wanted
        return any(
            b.call_id == wanted.call_id and b.cseq == wanted.cseq and b.flow == wanted.flow
            for b in address.live_bindings(now)
        )

    def _ask_again(self, address: Address, now: float) -> None:
        """Challenge good credentials that the watermark is past, with a nonce that is newer than the watermark.

        A phone is not accused when it repeats credentials over its own flow, as SIP.js does at each refresh, nor when
        its nonce is of an edge with a slower clock than that of the watermark.
        """
        is_its_own = self._parts.closed_connections.has_registered(self._server.flow) or any(
            b.flow == self._wanted.flow for b in address.live_bindings(now)
        )
        if is_its_own or time_of(address.nonce) > now:
            self._parts.journal.count("register_stale_nonce")
        else:
            self._note_refusal(Reason.REPLAYED_CREDENTIALS, now, found=True)
        self._send_challenge(now, stale=True, after=address.nonce)

    def _on_liveness(self, address: Address, silent: frozenset[Device]) -> None:
        now = self._parts.clock()
        if silent:
            self._dead |= silent
            self._decide(address, now)
        else:
            self._write(address, address.live_bindings(now), too_many_devices(address.max_devices))

    def _write(self, seen: Address, bindings: tuple[Binding, ...], refusal: RejectError | None = None) -> None:
        """Store bindings together with the watermark, and answer when they are durable."""
        address = seen.with_bindings(bindings, stamp_of(self._credentials.nonce), self._credentials.nc)
        then: Continuation[WriteOutcome] = Continuation(
            lambda outcome: self._on_written(seen, address, refusal, outcome), self.fail
        )
        self._parts.store.write(address, seen.version, then)

    def _on_written(self, seen: Address, address: Address, refusal: RejectError | None, outcome: WriteOutcome) -> None:
        now = self._parts.clock()
        if isinstance(outcome, Unavailable):
            self._unavailable(outcome)
        elif isinstance(outcome, Conflict) and outcome.current != address:
            self._contend(outcome.current, now)
        elif refusal:
            self._parts.memory.keep(address)
            self._refuse(refusal, now)
        else:
            self._parts.memory.keep(address)
            self._note(seen, address)
            if self._dead:
                self._note_attempt(Reason.DEVICE_REPLACED, now, found=True)
            self._accept(address, now)

    def _contend(self, current: Address | None, now: float) -> None:
        """Somebody else wrote first: compute again from what is there now."""
        if current is None:
            self._parts.memory.forget(self._aor)
        self._conflicts += 1
        if self._conflicts > _MOST_CONFLICTS:
            self._unavailable(Unavailable("contention"))
        else:
            self._judge(current, now)

    def _note(self, seen: Address, address: Address) -> None:
        had = {(device_of(b), b.reg_id, b.contact) for b in seen.bindings}
        has = {(device_of(b), b.reg_id, b.contact) for b in address.bindings}
        if had == has:
            self._parts.journal.detail("register_refreshed", self._who)
        else:
            self._parts.journal.note("registered" if has - had else "unregistered", **self._who())

    def _who(self) -> dict[str, Any]:
        """What every line about this registration tells."""
        wanted = self._wanted
        return {
            "correlation_id": wanted.call_id,
            "aor": self._aor,
            "source": wanted.source,
            "transport": wanted.transport,
            "agent": wanted.user_agent,
        }

    def _accept(self, address: Address, now: float) -> None:
        """Answers with what was stored, as of the time for which it was computed: waiting takes nothing from it."""
        tag, flow, bindings = self._parts.tokens.next(), self._server.flow, address.live_bindings(now)
        data = accepted(self._request, self._wanted, flow, self._parts.gruus, tag, bindings, self._decided)
        self._server.respond(200, data, now)
        self._parts.journal.answer_times.add(now - self._began)
        self._keep_flow(address, now)

    def _keep_flow(self, address: Address, now: float) -> None:
        """Keeps the flows of the bindings that this edge holds, and lets go of those that the address has left."""
        flow = self._server.flow
        held = [b for b in address.live_bindings(now) if b.edge == self._wanted.edge]
        until = max([b.expires for b in held if b.flow == flow.name], default=0)
        if until:
            self._parts.keepalives.keep(flow, self._aor, until)
            self._parts.closed_connections.bind(flow, self._aor)
            self._parts.guard.welcome(flow, until)
        self._parts.expiries.note(self._aor, held)

    def _refuse(self, refusal: RejectError, now: float) -> None:
        self._note_refusal(Reason(refusal.reason), now, found=True)
        data = reply(self._request, refusal.status, self._parts.tokens.next(), *refusal.headers, date_line(now), SERVER)
        self._server.respond(int(refusal.status[:3]), data, now)

    def _challenge(self, reason: Reason, now: float, found: bool) -> None:
        """Ask again, for credentials that prove nothing; `found` tells whether the address exists."""
        self._note_refusal(reason, now, found)
        self._parts.guard.failed(self._aor, self._server.flow, now)
        self._send_challenge(now, stale=False)

    def _send_challenge(self, now: float, stale: bool, after: str = "") -> None:
        status, data = self._parts.challenge.to(self._request, self._server.flow, now, stale, after)
        self._server.respond(status, data, now)

    def _note_refusal(self, reason: Reason, now: float, found: bool) -> None:
        self._parts.journal.note("register_refused", **self._who(), reason=reason)
        self._note_attempt(reason, now, found)

    def _note_attempt(self, reason: Reason, now: float, found: bool) -> None:
        wanted = self._wanted
        self._parts.journal.counts[f"register_refused_{reason}"] += 1
        self._parts.attempts.note(
            reason,
            self._aor,
            self._server.flow,
            wanted.user_agent,
            wanted.call_id,
            now,
            self._extension_id if found else "",
        )

    def _unavailable(self, outcome: Unavailable) -> None:
        self._parts.journal.trouble("directory_unavailable", **self._who(), reason=outcome.reason)
        refusal = unavailable()
        data = reply(self._request, refusal.status, self._parts.tokens.next(), *refusal.headers, SERVER)
        self._server.respond(503, data, self._parts.clock())
