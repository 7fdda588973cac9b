"""One of the ways that a relayed request takes, and what is done for it there (RFC 3261 §16.6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from sip_edge.calls.ledger import Ledger
from sip_edge.continuation import Continuation, Outcome
from sip_edge.journal import Journal
from sip_edge.media.anchors import Anchors
from sip_edge.media.session import Session, Side
from sip_edge.message.errors import RejectError
from sip_edge.message.message import Request, Response
from sip_edge.message.reason import reason_for
from sip_edge.proxy.dialog.own_requests import OwnRequests, acknowledgement, farewell
from sip_edge.proxy.dialog.record_route import RecordRoute
from sip_edge.proxy.forward import prepare
from sip_edge.proxy.next_hop import NextHop
from sip_edge.proxy.validation.trusted_headers import withhold
from sip_edge.transaction.client import IgnoreOutcome, InviteClient
from sip_edge.transaction.layer import Transactions
from sip_edge.transaction.tokens import Tokens
from sip_edge.transport.flow import Flow

if TYPE_CHECKING:
    from sip_edge.proxy.response_context import ResponseContext

# RFC 3261 §16.7 step 3: a response whose Vias end with ours is for no other.
_NOT_FOR_OTHERS: Final = RejectError("502 Bad Gateway")


@dataclass(frozen=True, slots=True)
class RelayParts:
    """The parts that a relay and its branches work with. A callee may ring for `ringing` seconds."""

    transactions: Transactions
    tokens: Tokens
    record_route: RecordRoute
    anchors: Anchors
    ledger: Ledger
    journal: Journal
    clock: Callable[[], float]
    realm: str
    ringing: float


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request may go: over a flow, with a Request-URI of its own unless that is to stay.

    `path` are the proxies before a device, to be visited in that order (RFC 3327 §5.1). `way` has other flows to the
    same place, for when this one fails. `device` is an address of ours by which later requests of the dialog find the
    device when its connection has ended. `session` is where the media of the request's dialog pass, if they are
    relayed, and `sender` which end of the dialog sends the request.
    """

    flow: Flow
    uri: str = ""
    path: tuple[str, ...] = ()
    way: NextHop | None = None
    session: Session | None = None
    sender: Side = Side.CALLER
    device: str = ""


class Branch:
    """One of the ways that a relayed request takes, from the offer to the release of its media.

    `recorded` is the Record-Route value that went with it, `session` where its media pass, if they are relayed. `done`
    tells that its outcome is known, `won` that the call is its, `called_off` that it need not begin any more, and
    `reasons` why: header lines (RFC 3326).
    """

    __slots__ = (
        "_client",
        "_parts",
        "_relay",
        "called_off",
        "done",
        "flow",
        "reasons",
        "recorded",
        "session",
        "target",
        "won",
    )

    def __init__(self, relay: ResponseContext, parts: RelayParts, target: Target) -> None:
        self._relay = relay
        self._parts = parts
        self._client: InviteClient | None = None
        self.target = target
        self.flow = target.flow
        self.recorded = ""
        self.session = target.session
        self.done = False
        self.won = False
        self.called_off = False
        self.reasons: Sequence[str] = ()

    def begin(self, now: float) -> None:
        """Send the request to the target, when its session description has passed where it must."""
        relay, target, anchors = self._relay, self.target, self._parts.anchors
        request = prepare(relay.request, relay.hops, self._parts.realm, relay.are_colleagues)
        if target.uri:
            request.retarget(target.uri)
            if target.path:
                request.prepend("route", f"Route: {', '.join(target.path)}")
            needed = None
            if request.method == "INVITE":
                needed = anchors.session(relay.request, relay.server.flow, self.flow, target.uri)
            if isinstance(needed, RejectError):
                self._refuse(needed, now)
            elif needed:
                anchors.begin(needed, request, self.flow, self._then(partial(self._on_request_described, request)))
            else:
                self._send(request, now)
        elif self.session and request.body:
            then = self._then(partial(self._on_request_described, request))
            anchors.request(self.session, target.sender, request, self.flow, then)
        else:
            self._send(request, now)

    def _on_request_described(self, request: Request, outcome: Session | RejectError) -> None:
        """The session description in the request has passed, or not."""
        now = self._parts.clock()
        if isinstance(outcome, RejectError):
            self._refuse(outcome, now)
            return
        self.session = outcome
        if self.called_off:
            self._relay.on_refusal(self, 487, None, now)
        else:
            self._send(request, now)

    def _send(self, request: Request, now: float) -> None:
        relay, transactions = self._relay, self._parts.transactions
        if self.target.uri:
            self.recorded = self._parts.record_route.insert(
                request, relay.server.flow, self.flow, self.session, relay.account.call, relay.account.caller
            )
        relay.await_answer(now)
        if request.method == "INVITE":
            self._client = transactions.invite(request, self.flow, self, self._parts.ringing, now, relay.loop)
        else:
            transactions.ask(request, self.flow, self, now, loop=relay.loop)

    def cancel(self, reasons: Sequence[str], now: float) -> None:
        """Call it off for the reasons in these header lines; only an INVITE can be (RFC 3261 §9.1)."""
        self.called_off = True
        self.reasons = reasons
        if self._client:
            self._client.cancel(reasons, now)

    def on_response(self, response: Response, now: float) -> None:
        """See ClientTransactionUser."""
        try:
            self._take(response, now)
        except Exception as error:
            self._relay.fail(error)

    def on_failure(self, status: int, now: float) -> None:
        """See ClientTransactionUser."""
        try:
            self._try_next_flow(status, now)
        except Exception as error:
            self._relay.fail(error)

    def _take(self, response: Response, now: float) -> None:
        """Pass a response on to the relay, when its session description has passed where it must."""
        relay, status = self._relay, response.status
        response.remove_first_value("via")
        withhold(response, relay.are_colleagues)
        if status == 100 or (status < 200 and relay.request.method != "INVITE"):
            return  # RFC 4320 §4.1
        if "via" not in response.names:
            self._drop(response, _NOT_FOR_OTHERS, now)
            return
        relay.server.flow.validate_address()  # the size of a callee's words to its caller is not limited
        if self.session is None or status >= 300 or not response.body:
            self._pass_on(response, now)
            return
        then = self._then(partial(self._on_response_described, response))
        sender = self.target.sender.other
        self._parts.anchors.response(self.session, sender, response, relay.request, relay.server.flow, then)

    def _on_response_described(self, response: Response, outcome: Session | RejectError) -> None:
        """The session description in a response has passed, or not."""
        now = self._parts.clock()
        if isinstance(outcome, RejectError):
            self._drop(response, outcome, now)
        else:
            self._pass_on(response, now)

    def _pass_on(self, response: Response, now: float) -> None:
        relay, is_answer = self._relay, 200 <= response.status < 300
        if is_answer and not self.won:
            if relay.server.settled:
                self._send_off(response, self.reasons, now)
                return
            self._watch(response, now)
        if self.recorded and response.status < 300:
            self._parts.record_route.turn(
                response,
                self.recorded,
                relay.server.flow,
                self.flow,
                self.session,
                self.target.device,
                relay.account.call,
            )
        if response.status < 300:
            relay.on_answer(self, response, now)
        else:
            relay.on_refusal(self, response.status, response, now)

    def _try_next_flow(self, status: int, now: float) -> None:
        """No final response will come over this flow: send the request over the next one, if there is any."""
        way = self.target.way
        if way is None or self.called_off:
            self._relay.on_refusal(self, status, None, now)
            return

        def on_flow_found(flow: Flow | None) -> None:
            if flow is None or self.called_off:
                self._relay.on_refusal(self, status, None, self._parts.clock())
            else:
                self.flow = flow
                self.begin(self._parts.clock())

        way.next_flow(self._then(on_flow_found))

    def _refuse(self, refusal: RejectError, now: float) -> None:
        """The request or its answer can't be passed on."""
        self._relay.on_refusal(self, int(refusal.status[:3]), refusal, now)

    def _drop(self, response: Response, refusal: RejectError, now: float) -> None:
        """A response can't be passed on. If it is a final one, the refusal takes its place."""
        if response.status < 200:
            return
        is_news = not self.done
        if self.target.uri and response.status < 300:
            self._send_off(response, (reason_for(refusal.status),), now)
        if is_news:
            self._refuse(refusal, now)

    def _send_off(self, response: Response, reasons: Sequence[str], now: float) -> None:
        """End the call of a device that has answered in vain: another one has won, or its answer can't be passed on."""
        invite = self._relay.request
        if invite.method == "INVITE":
            ack = acknowledgement(invite, response, self.recorded, self.target.uri)
            self._parts.transactions.add_via(ack, self.flow)
            self.flow.send_if_open(ack.encode())
        if self.done:
            return
        self.done = True
        if self.target.uri and invite.method == "INVITE":
            self.release(200, now)
            bye = farewell(invite, response, self.recorded, self.target.uri, reasons)
            self._parts.transactions.ask(bye, self.flow, IgnoreOutcome(), now)
        self._relay.let_go()

    def _watch(self, response: Response, now: float) -> None:
        """A call was answered: if its media are relayed, see that it ends when they do."""
        transactions, relay = self._parts.transactions, self._relay
        invite = relay.request
        if self.session and self.target.uri:
            hang_up = OwnRequests(transactions, invite, response, self.recorded, relay.server.flow, self)
            told = relay.account.ending()
            self._parts.anchors.watch.begin(self.session, invite.get("call-id"), hang_up, told, now)

    def release(self, status: int, now: float) -> None:
        """Let go of the media when this makes no call, or when its BYE ends one: whatever becomes of it, unless a
        password is wanted."""
        relay, anchors = self._relay, self._parts.anchors
        if relay.request.method == "BYE" and status not in (401, 407):
            told = relay.account.ending()
            if self.session:
                anchors.end(self.session, relay.request, now, told)
            else:
                told({})
        elif self.session and self.target.uri:
            anchors.end(self.session, relay.request, now)

    def _then(self, step: Callable[[Outcome], None]) -> Continuation[Outcome]:
        return Continuation(step, self._relay.fail)
