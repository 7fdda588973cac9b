"""Who is calling: a From in one of our domains has to be proved (RFC 3261 §16.3 step 6, §22.3)."""

from __future__ import annotations

from collections.abc import Callable

from directory.address_book import ReadOutcome, Unavailable
from directory.model import NO_HA1S
from sip_edge.auth.digest import Challenger, Credentials, presented
from sip_edge.auth.nonce import Nonces
from sip_edge.domains import Domains
from sip_edge.guard.guard import Guard
from sip_edge.message import uri as uris
from sip_edge.message.errors import MalformedError, RejectError
from sip_edge.message.message import Request
from sip_edge.message.sanity import Identity
from sip_edge.message.uri import Uri
from sip_edge.store import Store
from sip_edge.transport.flow import Flow
from sip_edge.unavailable import unavailable


class Callers:
    """Tells our own callers from others, and proves them."""

    def __init__(
        self, store: Store, nonces: Nonces, challenger: Challenger, domains: Domains, guard: Guard, realm: str
    ) -> None:
        self._store = store
        self._nonces = nonces
        self._challenger = challenger
        self._domains = domains
        self._guard = guard
        self._realm = realm

    def claims_to_be_ours(self, identity: Identity) -> bool:
        """Whether the From is in one of our domains. Raises RejectError when it is ours and nobody can have it."""
        uri = _sip_uri(identity.from_uri)
        if uri is None or not self._domains.is_ours(uri.host):
            return False
        if self._domains.extension(uri) is None:
            raise RejectError("403 Forbidden")
        return True

    def credentials(self, request: Request, identity: Identity, flow: Flow, now: float) -> Credentials:
        """The credentials to prove. Raises RejectError with a challenge when there are none on a fresh nonce, and
        ShedError when too many have been wrong.

        Calls write nothing, so no watermark guards their nonces. Instead a nonce is good for one call over one flow
        alone: a captured header starts no other call, not even from behind the caller's own NAT.
        """
        scope = _scope(identity, flow)
        try:
            credentials = presented(request, self._realm)
        except MalformedError as error:
            raise RejectError(f"400 Bad Request - {error}") from None
        if credentials is None:
            raise self._challenge(now, scope, stale=False)
        if not self._nonces.accepts(credentials.nonce, now, scope):
            raise self._challenge(now, scope, stale=True)
        flow.prove()
        self._guard.check_proof(
            self.aor(identity), flow, lambda address: credentials.prove(request.method, address.ha1), now
        )
        return credentials

    def prove(
        self,
        request: Request,
        identity: Identity,
        flow: Flow,
        credentials: Credentials,
        then: Callable[[RejectError | None], None],
        clock: Callable[[], float],
    ) -> None:
        """Look the caller up; `then` gets None when the credentials are its own, else what to answer."""
        aor = self.aor(identity)
        username = aor.partition("@")[0]

        def judge(outcome: ReadOutcome) -> None:
            if isinstance(outcome, Unavailable):
                then(unavailable())
                return
            now = clock()
            ha1s = outcome.ha1s(now) if outcome and credentials.username == username else NO_HA1S
            if credentials.proved_by(request.method, ha1s) is not None:
                then(None)
            else:
                self._guard.failed(aor, flow, now)
                then(self._challenge(now, _scope(identity, flow), stale=False))

        self._store.read(aor, judge)

    def aor(self, identity: Identity) -> str:
        """The address of record that the From claims, of which `claims_to_be_ours` is true."""
        aor = self._domains.extension(uris.parse(identity.from_uri))
        assert aor is not None  # claims_to_be_ours said so
        return aor

    def _challenge(self, now: float, scope: str, stale: bool) -> RejectError:
        value = self._challenger.challenge(now, stale, scope)
        return RejectError("407 Proxy Authentication Required", f"Proxy-Authenticate: {value}")


def _scope(identity: Identity, flow: Flow) -> str:
    return f"{flow.name} {identity.call_id}"


def _sip_uri(text: str) -> Uri | None:
    """The From as a SIP URI; None for a tel: or any other, which is nobody of ours."""
    try:
        return uris.parse(text)
    except MalformedError:
        return None
