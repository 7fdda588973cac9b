"""Caller authentication (RFC 3261 §16.3 step 6, §22.3). A From that a phone may show as ours has to be proved."""

from __future__ import annotations

from collections.abc import Callable
from secrets import token_hex
from typing import Final, NamedTuple

from directory.edge.address_book import ReadOutcome, Unavailable
from directory.schema.model import NO_HA1S, Address
from sip_edge.auth.digest import Challenger, Credentials, presented
from sip_edge.auth.nonce import Nonces
from sip_edge.auth.nonce_counts import NonceCounts
from sip_edge.continuation import Continuation
from sip_edge.crypto.key_ring import NONCE_LIFETIME_S
from sip_edge.guard.guard import Guard
from sip_edge.location.domains import Domains
from sip_edge.location.location_store import LocationStore
from sip_edge.location.unavailable import unavailable
from sip_edge.message import uri as uris
from sip_edge.message.errors import MalformedError, RejectError
from sip_edge.message.message import Request
from sip_edge.message.sanity import Identity
from sip_edge.message.uri import Uri
from sip_edge.message.values import address
from sip_edge.proxy.dialog.dialogs import Destination
from sip_edge.proxy.dialog.uri_fingerprint import fingerprint
from sip_edge.transport.flow import Flow

_ANONYMOUS: Final = "anonymous"
_NOT_PROVED: Final = 'Warning: 399 proxy "Only an extension that proves itself calls anonymously from this domain"'
_MOST_NONCES: Final = 100_000  # half a minute of the highest rate of calls that was measured, in about 20 MB


class Proof(NamedTuple):
    """Credentials on a fresh nonce, and the address of record that they have to prove."""

    aor: str
    credentials: Credentials
    is_anonymous: bool


class CallerAuthentication:
    """Tells our own callers from others, and checks their proof."""

    def __init__(
        self, store: LocationStore, nonces: Nonces, challenger: Challenger, domains: Domains, guard: Guard, realm: str
    ) -> None:
        self._store = store
        self._nonces = nonces
        self._challenger = challenger
        self._domains = domains
        self._guard = guard
        self._realm = realm
        self._counts = NonceCounts(NONCE_LIFETIME_S, _MOST_NONCES)
        self._life = token_hex(8)  # no other edge, and no later life of this one, knows the counts

    def claims_to_be_ours(self, request: Request, identity: Identity) -> bool:
        """Whether the From is an address of ours that a caller can prove.

        Raises MalformedError for a From that phones may read in another way. Raises RejectError for one that names a
        domain of ours and that no caller can have.
        """
        self._check_tail(request, identity)
        uri = _sip_uri(identity.from_uri)
        if uri and self._domains.is_ours(uri.host):
            if not _is_anonymous(uri) and self._domains.extension(uri) is None:
                raise RejectError("403 Forbidden")
            return True
        if uri is None or uri.params or "%" in identity.from_uri or ";" in uri.user:
            self._refuse_disguise(identity.from_uri)
        return False

    def check_unchanged(self, request: Request, identity: Identity, destination: Destination) -> None:
        """Refuse a From that becomes one of ours within a dialog (RFC 4916): no proof is asked for there.

        Raises RejectError, and MalformedError as above. The From may be the one of the dialog's beginning, or that of
        the extension that sends the request.
        """
        self._check_tail(request, identity)
        if destination.sender_fingerprint in ("", fingerprint(identity.from_uri)):
            return
        if self.claims_to_be_ours(request, identity):
            sender = destination.call.sending if destination.call else ""
            if self._domains.extension(uris.parse(identity.from_uri)) != sender:
                raise RejectError("403 Forbidden")

    def credentials(self, request: Request, identity: Identity, flow: Flow, now: float) -> Proof:
        """The credentials to prove.

        Raises RejectError with a challenge when there are none on a fresh nonce. Raises ShedError when too many have
        been wrong.

        Calls write nothing, so no watermark guards their nonces. Instead a nonce is good over one flow of this edge
        alone. Each of its counts is good for one request. So a captured header starts no other call, not even from
        behind the caller's own NAT. The Call-ID doesn't matter, for some agents answer a challenge with a new one.
        """
        uri, scope = uris.parse(identity.from_uri), self._scope(flow)
        is_anonymous = _is_anonymous(uri)
        username = "" if is_anonymous else uri.user
        try:
            credentials = presented(
                request, self._realm, username, lambda nonce: self._nonces.accepts(nonce, now, scope)
            )
        except MalformedError as error:
            raise RejectError(f"400 Bad Request - {error}") from None
        if credentials is None:
            raise self._challenge(now, flow, stale=False)
        nonce, nc = credentials.nonce, credentials.nc
        if not self._nonces.accepts(nonce, now, scope) or self._counts.is_used(nonce, nc):
            raise self._challenge(now, flow, stale=True)
        flow.validate_address()
        aor = self._behind(request, uri, credentials.username) if is_anonymous else self._domains.extension(uri)
        if aor is None:
            raise RejectError("403 Forbidden", _NOT_PROVED)
        self._guard.check_proof(aor, flow, lambda address: credentials.prove(request.method, address.ha1), now)
        return Proof(aor, credentials, is_anonymous)

    def prove(
        self,
        request: Request,
        flow: Flow,
        proof: Proof,
        on_judged: Continuation[Address | RejectError],
        clock: Callable[[], float],
    ) -> None:
        """Look the caller up. `on_judged` gets its address when the credentials are its own, else the refusal."""
        aor, credentials, is_anonymous = proof
        username = aor.partition("@")[0]

        def on_caller_read(outcome: ReadOutcome) -> None:
            if isinstance(outcome, Unavailable):
                on_judged(unavailable())
                return
            now = clock()
            ha1s = outcome.ha1s(now) if outcome and credentials.username == username else NO_HA1S
            if credentials.proved_by(request.method, ha1s) is None or outcome is None:
                self._guard.failed(aor, flow, now)
                on_judged(
                    RejectError("403 Forbidden", _NOT_PROVED)
                    if is_anonymous
                    else self._challenge(now, flow, stale=False)
                )
                return
            self._nonces.follow(outcome.nonce, aor, now)
            is_first = self._counts.use(credentials.nonce, credentials.nc, now)
            on_judged(outcome if is_first else self._challenge(now, flow, stale=True))

        self._store.read(aor, on_judged.preceded_by(on_caller_read))

    def _refuse_disguise(self, text: str) -> None:
        """Raises RejectError for a part of a From that names a domain of ours. No proof could belong to that part."""
        if self._domains.is_named_in(text):
            raise RejectError("403 Forbidden")

    def _check_tail(self, request: Request, identity: Identity) -> None:
        """Check the text after a URI without brackets: a phone may take it for the URI's own (RFC 3261 §20.10)."""
        value = request.get("from")
        if f"<{identity.from_uri}>" not in value:
            self._refuse_disguise(value.rpartition(identity.from_uri)[2])

    def _behind(self, request: Request, uri: Uri, username: str) -> str | None:
        """The address of record of an anonymous caller of that username; None when its customer is not known.

        The customer is that of the P-Preferred-Identity (RFC 3325 §9.2), else of the From, else of the callee.
        """
        if "p-preferred-identity" in request.names:
            for value in request.values("p-preferred-identity"):
                preferred = _sip_uri(address(value)[0])
                if preferred and self._domains.extension(preferred):
                    return self._domains.aor(username, preferred.host)
        callee = uris.parse(request.uri)
        return self._domains.aor(username, uri.host) or self._domains.aor(username, callee.host)

    def _challenge(self, now: float, flow: Flow, stale: bool) -> RejectError:
        value = self._challenger.challenge(now, stale, self._scope(flow))
        return RejectError("407 Proxy Authentication Required", f"Proxy-Authenticate: {value}")

    def _scope(self, flow: Flow) -> str:
        return f"{self._life} {flow.name}"


def _is_anonymous(uri: Uri) -> bool:
    """Whether a caller hides its address (RFC 3323 §4.1.1.3)."""
    return uri.user.lower() == _ANONYMOUS


def _sip_uri(text: str) -> Uri | None:
    """A SIP URI; None for one of another scheme.

    Raises MalformedError for a URI that two readers may read differently. Such a URI has no scheme, or an empty label
    in the host, or invalid escapes, or headers. Headers have no place in a From (RFC 3261 §19.1.1, table 1).
    """
    scheme = uris.scheme(text)
    if scheme not in ("sip", "sips", ""):
        return None
    uri = uris.parse(text)
    if uri.headers or ".." in uri.host or uris.has_odd_escapes(text):
        raise MalformedError("a From")
    return uri
