"""Demands credentials of a REGISTER before anything is read for it (RFC 3261 §10.3 step 3, §22)."""

from __future__ import annotations

from directory.schema.reasons import Reason
from sip_edge.auth.digest import Credentials, has_credentials, presented
from sip_edge.auth.nonce import Nonces
from sip_edge.guard.guard import Guard, ShedError
from sip_edge.location.address_cache import AddressCache
from sip_edge.message.message import Request
from sip_edge.registrar.challenge import Challenge, source_scope
from sip_edge.registrar.diagnosis.register_log import RegisterLog
from sip_edge.registrar.diagnosis.stale_nonce_loops import StaleNonceLoops
from sip_edge.registrar.origin import Origin
from sip_edge.registrar.register_request import RegisterRequest
from sip_edge.transport.flow import Flow
from sip_edge.transport.source_network import network_of


class RegisterAuthentication:
    """Challenges REGISTERs without credentials on a nonce of ours, and limits guesses."""

    __slots__ = ("_cache", "_challenge", "_guard", "_log", "_nonces", "_realm", "_stale_nonce_loops")

    def __init__(
        self, realm: str, nonces: Nonces, challenge: Challenge, guard: Guard, cache: AddressCache, log: RegisterLog
    ) -> None:
        self._realm = realm
        self._nonces = nonces
        self._challenge = challenge
        self._guard = guard
        self._cache = cache
        self._log = log
        self._stale_nonce_loops = StaleNonceLoops()

    def credentials_of(self, request: Request, aor: str, origin: Origin, now: float) -> Credentials | None:
        """Returns credentials on a nonce that is good for their source. Else it challenges, and returns None.

        A password is not looked at on a nonce that went to another source. Its sender may have forged this source.
        Raises MalformedError.
        """
        nonces, scope = self._nonces, source_scope(origin.flow)
        credentials = presented(
            request, self._realm, aor.partition("@")[0], lambda nonce: nonces.accepts(nonce, now, scope)
        )
        if credentials is None or not nonces.accepts(credentials.nonce, now, scope):
            self._demand(request, aor, origin, credentials, now)
            return None
        origin.flow.validate_address()
        return credentials

    def check_guesses(self, register: RegisterRequest, now: float) -> None:
        """Raises ShedError when credentials for this address may not be looked at after too many failures."""
        try:
            self._guard.check_proof(
                register.aor,
                register.origin.flow,
                lambda address: register.credentials.prove("REGISTER", address.ha1),
                now,
            )
        except ShedError:
            if cached := self._cache.recall(register.aor):
                self._log.note_attempt(Reason.THROTTLED, register.aor, register.origin, now, cached.extension_id)
            raise

    def _demand(self, request: Request, aor: str, origin: Origin, stale: Credentials | None, now: float) -> None:
        """Challenges. A phone that answers stale nonces over and over, or for another realm, gets no further."""
        self._log.note_challenge(is_stale=stale is not None)
        origin.flow.send_if_open(self._challenge.to(request, origin.flow, now, stale is not None)[1])
        if stale and self._is_loop(stale.nonce, aor, origin.flow, now):
            self._log.note_attempt(Reason.STALE_NONCE_LOOP, aor, origin, now)
        elif not stale and has_credentials(request):
            self._log.note_attempt(Reason.WRONG_REALM, aor, origin, now)

    def _is_loop(self, stale: str, aor: str, flow: Flow, now: float) -> bool:
        """Returns whether a phone answers old challenges over and over. Forged datagrams tell nothing about it."""
        is_its_own = flow.validated or self._nonces.is_ours(stale, source_scope(flow))
        return is_its_own and self._stale_nonce_loops.is_one(aor, network_of(flow.host), now)
