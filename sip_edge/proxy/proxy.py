"""What is not REGISTER: step by step, from the dialog that a request belongs to until its relay (RFC 3261 §16)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from sip_edge.calls.call import are_colleagues
from sip_edge.continuation import Continuation
from sip_edge.guard.guard import Guard
from sip_edge.location.domains import Domains
from sip_edge.media.session import Session
from sip_edge.message import sanity
from sip_edge.message import uri as uris
from sip_edge.message.errors import MalformedError, RejectError
from sip_edge.message.message import Request
from sip_edge.message.reply import SERVER, reply
from sip_edge.message.sanity import Identity
from sip_edge.message.uri import Uri
from sip_edge.message.values import address
from sip_edge.message.via import Via
from sip_edge.proxy.accounting import METHODS
from sip_edge.proxy.branch import RelayParts, Target
from sip_edge.proxy.dialog.dialogs import Destination, Dialogs
from sip_edge.proxy.forward import prepare, size_of
from sip_edge.proxy.home import RegisteredNextHop
from sip_edge.proxy.location_lookup import Found, LocationLookup
from sip_edge.proxy.next_hop import NextHop, ResolvedHops
from sip_edge.proxy.response_context import ResponseContext
from sip_edge.proxy.validation.caller_authentication import CallerAuthentication
from sip_edge.proxy.validation.loops import Loops
from sip_edge.proxy.validation.session_timer import check_interval
from sip_edge.proxy.validation.trusted_headers import is_for_colleagues, is_remote_control
from sip_edge.transport.flow import Flow

_NOTHING: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class ProxyParts:
    """What a proxy works with."""

    relay: RelayParts
    callers: CallerAuthentication
    targets: LocationLookup
    dialogs: Dialogs
    loops: Loops
    outside: ResolvedHops
    domains: Domains
    guard: Guard
    clock: Callable[[], float]


class Proxy:
    """Relays calls to our extensions, and nothing to anybody else."""

    def __init__(self, parts: ProxyParts) -> None:
        self._parts = parts

    def receive(self, request: Request, via: Via, identity: Identity, flow: Flow, now: float) -> None:
        """A request other than ACK, CANCEL and REGISTER that was not seen before.

        Raises RejectError with the answer to one that goes nowhere, ShedError for one that gets none.
        """
        sanity.require(request, "proxy-require", _NOTHING)
        if self.is_in_dialog(request, identity):
            self._relay_in_dialog(request, via, identity, flow, now)
            return
        uri = uris.parse(request.uri)
        if not self._parts.domains.is_ours(uri.host):
            _check_hops(identity)
            self._parts.guard.refuse_foreign(flow, now)
        if not uri.user:
            self._answer_for_the_edge(request, via, flow, now)
            return
        if request.method == "OPTIONS" and self._is_probe(uri, request, identity):
            self._parts.guard.check_call(flow, now)
            self._answer_for_the_edge(request, via, flow, now)
            return
        if request.method == "PUBLISH":
            raise RejectError("405 Method Not Allowed", f"Allow: {', '.join(METHODS)}")
        self._check_beginning(request, identity)
        if self._parts.callers.claims_to_be_ours(request, identity):
            self._check_subscription(uri, request, identity)
            self._relay_for_our_own(uri, request, via, identity, flow, now)
        elif request.method == "INVITE":
            self._parts.guard.check_call(flow, now)
            self._find(uri, self._take_on(request, via, identity, flow, now), "")
        else:
            raise RejectError("403 Forbidden")

    def is_in_dialog(self, request: Request, identity: Identity) -> bool:
        """Whether a request belongs to a dialog. A peer whose 2xx had no tag is known by our route token."""
        return bool(identity.to_tag) or self._parts.dialogs.has_token(request)

    def receive_ack(self, request: Request, identity: Identity) -> None:
        """The ACK to a 2xx: it has no transaction, and goes where its dialog goes (RFC 3261 §16.11).

        Raises RejectError when that is nowhere; there is no answer to an ACK.
        """
        _check_hops(identity)
        destination = self._parts.dialogs.destination(request)
        ack = prepare(request, identity.hops, self._parts.relay.realm, destination.is_internal)
        then = Continuation(partial(self._on_flow_found, ack, destination), self._lose_ack)
        self._way(destination, request).next_flow(then)

    def _on_flow_found(self, ack: Request, destination: Destination, flow: Flow | None) -> None:
        if flow and destination.session and ack.body:
            then: Continuation[Session | RejectError] = Continuation(
                lambda _: self._send_ack(ack, flow), self._lose_ack
            )
            self._parts.relay.anchors.request(destination.session, destination.sender, ack, flow, then)
        elif flow:
            self._send_ack(ack, flow)

    def _send_ack(self, ack: Request, flow: Flow) -> None:
        self._parts.relay.transactions.add_via(ack, flow)
        flow.send_if_open(ack.encode())

    def _lose_ack(self, error: Exception) -> None:
        """No requester waits for an answer: the callee repeats its 2xx until another ACK comes."""
        self._parts.relay.journal.trouble("internal_error", error)

    def _relay_in_dialog(self, request: Request, via: Via, identity: Identity, flow: Flow, now: float) -> None:
        _check_hops(identity)
        destination = self._parts.dialogs.destination(request)
        self._check_in_dialog(destination, request, identity)
        way = self._way(destination, request)
        relay = self._take_on(request, via, identity, flow, now)
        relay.are_colleagues = destination.is_internal
        relay.account.belong_to(destination.call)

        def on_flow_found(flow: Flow | None) -> None:
            if flow:
                target = Target(flow, way=way, session=destination.session, sender=destination.sender)
                relay.fork([[target]], self._parts.clock())
            else:
                relay.refuse("480 Temporarily Unavailable", self._parts.clock())

        way.next_flow(Continuation(on_flow_found, relay.fail))

    def _way(self, destination: Destination, request: Request) -> NextHop:
        uri = destination.uri
        if uri and self._parts.domains.is_ours(uri.host):
            return RegisteredNextHop(destination.flow, uri, self._parts.targets)
        return self._parts.outside.way(destination.flow, uri, size_of(request))

    def _check_beginning(self, request: Request, identity: Identity) -> None:
        """Check a request that begins something. Raises RejectError."""
        _check_hops(identity)
        if self._parts.loops.has_passed(request, identity):
            raise RejectError("482 Loop Detected")
        if request.method == "INVITE":
            check_interval(request)
        # A phone may name us as its outbound proxy, in several ways (RFC 3261 §16.4). A route that goes on to others
        # would make us a relay for anyone.
        routes = request.values("route")
        if len(routes) > 1 and not all(map(self._is_own_hop, routes)):
            raise RejectError("403 Forbidden")
        request.remove("route")

    def _is_own_hop(self, route: str) -> bool:
        try:
            return self._parts.domains.is_hop(uris.parse(address(route)[0]))
        except MalformedError:
            return False

    def _check_subscription(self, uri: Uri, request: Request, identity: Identity) -> None:
        """Refuse a phone that asks us about itself: its mailbox, its registration. Raises RejectError."""
        if request.method == "SUBSCRIBE":
            own = self._parts.domains.extension(uri)
            if own and own == self._parts.domains.extension(uris.parse(identity.from_uri)):
                raise RejectError("489 Bad Event")

    def _check_in_dialog(self, destination: Destination, request: Request, identity: Identity) -> None:
        """Check a request within a dialog, other than the BYE that ends it. Raises RejectError."""
        if request.method == "BYE":
            return
        self._parts.callers.check_unchanged(request, identity, destination)
        if not destination.is_internal and is_remote_control(request):
            raise RejectError("403 Forbidden")

    def _relay_for_our_own(
        self, uri: Uri, request: Request, via: Via, identity: Identity, flow: Flow, now: float
    ) -> None:
        proof = self._parts.callers.credentials(request, identity, flow, now)
        self._parts.guard.check_call(flow, now)
        relay = self._take_on(request, via, identity, flow, now)

        def on_caller_judged(refusal: RejectError | None) -> None:
            if refusal:
                relay.refuse(refusal.status, self._parts.clock(), *refusal.headers)
            else:
                self._find(uri, relay, proof.aor)

        then = Continuation(on_caller_judged, relay.fail)
        self._parts.callers.prove(request, identity, flow, proof, then, self._parts.clock)

    def _is_probe(self, uri: Uri, request: Request, identity: Identity) -> bool:
        """Whether an OPTIONS is for the edge, or comes to one of its addresses from outside.

        Trunks probe their peers like that (RFC 3261 §11), and scanners look for names: all addresses look alike.
        Raises RejectError for an address that no further hop is left for.
        """
        domains = self._parts.domains
        if domains.extension(uri) is None and domains.direct_hash(uri) is None:
            return True
        _check_hops(identity)
        return not self._parts.callers.claims_to_be_ours(request, identity)

    def _answer_for_the_edge(self, request: Request, via: Via, flow: Flow, now: float) -> None:
        """What is asked of the edge itself (RFC 3261 §11.2)."""
        if request.method == "SUBSCRIBE":
            raise RejectError("489 Bad Event")
        if request.method != "OPTIONS":
            raise RejectError("405 Method Not Allowed", "Allow: OPTIONS, REGISTER")
        data = reply(
            request,
            "200 OK",
            self._parts.relay.tokens.next(),
            f"Allow: {', '.join(METHODS)}",
            "Accept: application/sdp",
            SERVER,
        )
        self._parts.relay.transactions.serve(request, via, flow).respond(200, data, now)

    def _take_on(self, request: Request, via: Via, identity: Identity, flow: Flow, now: float) -> ResponseContext:
        parts = self._parts.relay
        if request.method == "INVITE":
            relay = ResponseContext(
                parts, request, parts.transactions.serve_invite(request, via, flow), identity.hops, now
            )
            relay.server.respond(100, reply(request, "100 Trying", ""), now)
        else:
            relay = ResponseContext(parts, request, parts.transactions.serve(request, via, flow), identity.hops, now)
        if not identity.to_tag:  # the route of any other request leads it on each time
            relay.loop = self._parts.loops.part(request, identity)
        return relay

    def _find(self, uri: Uri, relay: ResponseContext, caller: str) -> None:
        """Relay to whom the URI leads. `caller` is the proved address of record of the caller, "" for one outside."""

        def on_located(located: tuple[str, Found]) -> None:
            callee, found = located
            now = self._parts.clock()
            relay.are_colleagues = are_colleagues(caller, callee)
            relay.account.introduce(caller, callee)
            if callee and not relay.are_colleagues and is_for_colleagues(relay.request):
                relay.refuse("403 Forbidden", now)
            elif callee and callee == caller and relay.request.method == "SUBSCRIBE":
                relay.refuse("489 Bad Event", now)  # by a direct address or a temporary GRUU
            elif isinstance(found, RejectError):
                if found.status.startswith("404"):
                    self._parts.guard.missed(relay.server.flow, now)
                relay.refuse(found.status, now, *found.headers)
            else:
                relay.fork(found, now)

        self._parts.targets.find(uri, Continuation(on_located, relay.fail))


def _check_hops(identity: Identity) -> None:
    """Raises RejectError for a request that may not be forwarded once more (RFC 3261 §16.3 step 3)."""
    if not identity.hops:
        raise RejectError("483 Too Many Hops")
