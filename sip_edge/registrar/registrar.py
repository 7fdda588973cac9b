"""REGISTER, step by step (RFC 3261 §10.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NoReturn

from directory.schema.reasons import Reason
from sip_edge.auth.digest import Credentials, has_credentials, presented
from sip_edge.fleet.fleet import Fleet
from sip_edge.guard.guard import ShedError
from sip_edge.location.domains import Domains
from sip_edge.message import sanity
from sip_edge.message import uri as uris
from sip_edge.message.errors import MalformedError, RejectError
from sip_edge.message.message import Request
from sip_edge.message.sanity import Identity
from sip_edge.message.uri import Uri
from sip_edge.message.values import address, printable
from sip_edge.message.via import Via
from sip_edge.registrar.challenge import source_scope
from sip_edge.registrar.diagnosis.stale_nonce_loops import StaleNonceLoops
from sip_edge.registrar.register_request import RegisterRequest, agent_of
from sip_edge.registrar.registration import Registration, RegistrationParts
from sip_edge.transaction.layer import Transactions
from sip_edge.transport.flow import Flow
from sip_edge.transport.source_network import network_of

_LONGEST_USERNAME: Final = 64
_LONGEST_CALL_ID: Final = 256
_SUPPORTED: Final = frozenset(("gruu", "outbound", "path"))


@dataclass(frozen=True, slots=True)
class RegistrarParts:
    """What a registrar works with. Bindings name this edge as `fleet` does."""

    registration: RegistrationParts
    transactions: Transactions
    domains: Domains
    fleet: Fleet
    realm: str


class Registrar:
    """Answers REGISTER. Nothing is confirmed before it is durable."""

    def __init__(self, parts: RegistrarParts) -> None:
        self._parts = parts
        self._stale_nonce_loops = StaleNonceLoops()

    @property
    def registrations(self) -> int:
        """How many flows and connections of this edge registered phones are reached by."""
        return len(self._parts.registration.keepalives) + len(self._parts.registration.closed_connections)

    def keeps(self, flow: str, now: float) -> bool:
        """Whether the UDP flow of that name is kept alive here."""
        return self._parts.registration.keepalives.keeps(flow, now)

    def lose(self, flow: str) -> None:
        """The connection behind the flow of that name has ended, and the bindings over it with it."""
        self._parts.registration.closed_connections.lose(flow)

    def receive(self, request: Request, via: Via, identity: Identity, flow: Flow, now: float) -> None:
        """A REGISTER that was not seen before. Raises RejectError with the answer to one that can't be served,
        ShedError for one that gets none.
        """
        parts, registration = self._parts, self._parts.registration
        sanity.require(request, "require", _SUPPORTED)
        to = uris.parse(identity.to_uri)
        aor = parts.domains.extension(to)
        if aor is None or not parts.domains.serves(uris.parse(request.uri).host):
            self._refuse_domain(request, to, identity, flow, now)
        nonces, scope = registration.nonces, source_scope(flow)
        try:
            credentials = presented(
                request, parts.realm, aor.partition("@")[0], lambda nonce: nonces.accepts(nonce, now, scope)
            )
            if credentials is None or not nonces.accepts(credentials.nonce, now, scope):
                self._ask_for_credentials(request, aor, identity, flow, credentials, now)
                return
            flow.validate_address()
            wanted = RegisterRequest(request, identity, flow, parts.fleet.name)
        except (MalformedError, RejectError) as error:
            reason = error.reason if isinstance(error, RejectError) else Reason.MALFORMED
            registration.attempts.note(Reason(reason), aor, flow, agent_of(request), identity.call_id, now)
            raise
        try:
            registration.guard.check_proof(aor, flow, lambda address: credentials.prove("REGISTER", address.ha1), now)
        except ShedError:
            if remembered := registration.memory.recall(aor):
                registration.attempts.note(
                    Reason.THROTTLED, aor, flow, wanted.user_agent, identity.call_id, now, remembered.extension_id
                )
            raise
        server = parts.transactions.serve(request, via, flow)
        Registration(registration, request, server, aor, wanted, credentials).begin(now)

    def note_unreadable(self, request: Request, flow: Flow, now: float) -> None:
        """Remember a REGISTER that was refused before it could be read, if it tells whose it is."""
        for name in ("to", "from"):
            try:
                aor = self._parts.domains.extension(uris.parse(address(request.get(name))[0]))
            except MalformedError:
                continue
            if aor is not None:
                attempts, call_id = self._parts.registration.attempts, request.get("call-id")
                attempts.note(Reason.MALFORMED, aor, flow, agent_of(request), call_id, now)
                return

    def _refuse_domain(self, request: Request, to: Uri, identity: Identity, flow: Flow, now: float) -> NoReturn:
        """Tells a phone which domain it should have, and the operator which it has. Raises RejectError, ShedError."""
        domains, registration = self._parts.domains, self._parts.registration
        if domains.is_customers(to.host) and domains.serves(uris.parse(request.uri).host):
            raise RejectError("404 Not Found")  # its username is none
        registration.guard.check_stray(flow, now)
        domain = uris.parse(request.uri).host if domains.is_customers(to.host) else to.host
        agent, username = agent_of(request), printable(to.user)[:_LONGEST_USERNAME]
        registration.journal.note(
            "wrong_domain",
            correlation_id=identity.call_id[:_LONGEST_CALL_ID],
            username=username,
            domain=domain,
            source=flow.source,
            transport=flow.transport,
            agent=agent,
        )
        registration.attempts.note_wrong_domain(username, domain, flow, agent, identity.call_id, now)
        registrar = domains.registrar
        warning = f'Warning: 399 {registrar} "Register at {{username}}@{{customer-id}}.{registrar}"'
        raise RejectError("404 Not Found", warning, reason=Reason.WRONG_DOMAIN)

    def _ask_for_credentials(
        self, request: Request, aor: str, identity: Identity, flow: Flow, stale: Credentials | None, now: float
    ) -> None:
        """Challenges a REGISTER. With credentials for another realm it won't get further.

        A password is not looked at on a nonce that went to another source: its sender may have forged this source.
        """
        registration = self._parts.registration
        registration.journal.count("register_stale_nonce" if stale else "register_challenged")
        flow.send_if_open(registration.challenge.to(request, flow, now, stale is not None)[1])
        if stale and self._is_loop(stale.nonce, aor, flow, now):
            reason = Reason.STALE_NONCE_LOOP
        elif not stale and has_credentials(request):
            reason = Reason.WRONG_REALM
        else:
            return
        registration.attempts.note(reason, aor, flow, agent_of(request), identity.call_id, now)

    def _is_loop(self, stale: str, aor: str, flow: Flow, now: float) -> bool:
        """Returns whether a phone answers old challenges over and over. Forged datagrams tell nothing about it."""
        is_its_own = flow.validated or self._parts.registration.nonces.is_ours(stale, source_scope(flow))
        return is_its_own and self._stale_nonce_loops.is_one(aor, network_of(flow.host), now)
