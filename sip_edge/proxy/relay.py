"""One request on its way to its targets: the response context of RFC 3261 §16.7."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sip_edge.calls.ledger import Ledger
from sip_edge.journal import Journal
from sip_edge.media.anchors import Anchors
from sip_edge.media.session import Session
from sip_edge.message.errors import RejectError
from sip_edge.message.message import NO_REQUEST, Request, Response
from sip_edge.message.reply import reply
from sip_edge.proxy.account import Account
from sip_edge.proxy.best import rank
from sip_edge.proxy.branch import Branch, Target
from sip_edge.proxy.forward import prepare
from sip_edge.proxy.hang_up import HangUp, acknowledgement, farewell
from sip_edge.proxy.record_route import RecordRoute
from sip_edge.proxy.trusted_headers import withhold
from sip_edge.transaction.client import Indifferent
from sip_edge.transaction.layer import Transactions
from sip_edge.transaction.server import InviteServer, ServerTransaction
from sip_edge.transaction.tokens import Tokens
from sip_edge.transport.flow import Flow

_REASONS: Final = {408: "Request Timeout", 500: "Server Internal Error"}


@dataclass(frozen=True, slots=True)
class RelayParts:
    """What a relay works with. `ringing` is for how many seconds a callee may ring."""

    transactions: Transactions
    tokens: Tokens
    record_route: RecordRoute
    anchors: Anchors
    ledger: Ledger
    journal: Journal
    clock: Callable[[], float]
    realm: str
    ringing: float


class Relay:
    """Sends a request to its targets, group after group, and their best answer back.

    It exists from the moment that the request is taken on, so that a CANCEL finds it while the targets are still
    looked up. `are_colleagues` tells that both ends are extensions of one customer, as soon as that is proved.
    """

    __slots__ = (
        "_best",
        "_branches",
        "_cancelled",
        "_groups",
        "_hops",
        "_parts",
        "_won",
        "account",
        "are_colleagues",
        "request",
        "server",
    )

    def __init__(self, parts: RelayParts, request: Request, server: ServerTransaction, hops: int, now: float) -> None:
        self._parts = parts
        self.request = request
        self.server = server
        self.account = Account(parts.ledger, parts.journal, request, server.flow.source, now)
        self.are_colleagues = False
        self._hops = hops
        self._groups: list[list[Target]] = []
        self._branches: list[Branch] = []
        self._best: tuple[int, bytes] | None = None
        self._won = False
        self._cancelled = False
        if isinstance(server, InviteServer):
            server.worker = self

    def fork(self, groups: list[list[Target]], now: float) -> None:
        """Try all targets of a group at once, and the next group when all have refused."""
        if self._cancelled:
            return
        self._groups = groups
        self._next_group(now)

    def refuse(self, status: str, now: float, *headers: str) -> None:
        """Answer the request without any target."""
        if not self._cancelled:
            self.account.conclude(int(status[:3]), len(self._branches), now)
            if self.request.method == "BYE":
                self.account.ending()({})
            self.server.respond(int(status[:3]), self._own_reply(status, *headers), now)

    def cancel(self, now: float) -> None:
        """The caller has given up: so do we, on every branch (RFC 3261 §16.10)."""
        self._cancelled = True
        self._groups = []
        if not self._branches:
            self.account.conclude(487, len(self._branches), now)
            self.server.respond(487, self._own_reply("487 Request Terminated"), now)
        self._cancel_branches(now)

    def abandon(self, now: float) -> None:
        """This edge goes: the caller may try again elsewhere, and nobody rings on for him (RFC 3261 §21.5.4)."""
        self.refuse("503 Service Unavailable", now, "Retry-After: 1")
        self._cancelled = True
        self._groups = []
        self._cancel_branches(now)

    def _next_group(self, now: float) -> None:
        group = self._groups.pop(0)
        begun = [Branch(self, target) for target in group]
        self._branches += begun
        for branch in begun:
            self._begin(branch, now)

    def _begin(self, branch: Branch, now: float) -> None:
        """Send the request to a branch's target, when its session description has passed where it must."""
        target, anchors = branch.target, self._parts.anchors
        request = prepare(self.request, self._hops, self._parts.realm, self.are_colleagues)

        def go_on(outcome: Session | RejectError) -> None:
            self._go_on(branch, request, outcome)

        if target.uri:
            request.retarget(target.uri)
            if target.path:
                request.prepend("route", f"Route: {', '.join(target.path)}")
            needed = None
            if request.method == "INVITE":
                needed = anchors.session(self.request, self.server.flow, branch.flow, target.uri)
            if isinstance(needed, RejectError):
                self._fail(branch, needed, now)
                return
            if needed:
                anchors.begin(needed, request, branch.flow, go_on)
                return
        elif branch.session and request.body:
            anchors.request(branch.session, target.sender, request, branch.flow, go_on)
            return
        self._send(branch, request, now)

    def _go_on(self, branch: Branch, request: Request, outcome: Session | RejectError) -> None:
        """A branch's session description has passed, or not."""
        now = self._parts.clock()
        if isinstance(outcome, RejectError):
            self._fail(branch, outcome, now)
            return
        branch.session = outcome
        if branch.called_off:
            self._lose(branch, 487, b"", now)
        else:
            self._send(branch, request, now)

    def _send(self, branch: Branch, request: Request, now: float) -> None:
        if branch.target.uri:
            branch.recorded = self._parts.record_route.insert(
                request, self.server.flow, branch.flow, branch.session, self.account.call, self.account.caller
            )
        branch.begin(request, now)

    def on_response(self, branch: Branch, response: Response, now: float) -> None:
        """A branch has something to say."""
        response.remove_first_value("via")
        withhold(response, self.are_colleagues)
        status = response.status
        if status == 100:
            return
        self.server.flow.prove()  # what a callee says to its caller is not ours to measure
        if branch.session is None or status >= 300 or not response.body:
            self._pass_on(branch, response, now)
            return
        sender = branch.target.sender.other
        self._parts.anchors.response(
            branch.session,
            sender,
            response,
            self.request,
            self.server.flow,
            lambda outcome: self._on_described(branch, response, outcome),
        )

    def _on_described(self, branch: Branch, response: Response, outcome: Session | RejectError) -> None:
        """The session description in a response has passed, or not."""
        now = self._parts.clock()
        if not isinstance(outcome, RejectError):
            self._pass_on(branch, response, now)
        elif response.status >= 200:
            is_news = not branch.done
            if branch.target.uri:
                self._send_off(branch, response, now)
            if is_news:
                self._fail(branch, outcome, now)

    def _pass_on(self, branch: Branch, response: Response, now: float) -> None:
        status = response.status
        if self._won and 200 <= status < 300 and not branch.won:
            self._send_off(branch, response, now)
            return
        if 200 <= status < 300 and not self._won:
            self._watch(branch, response, now)
        if branch.recorded and status < 300:
            self._parts.record_route.turn(
                response,
                branch.recorded,
                self.server.flow,
                branch.flow,
                branch.session,
                branch.target.device,
                self.account.call,
            )
        if status < 200:
            if not self._won:
                self.server.respond(status, response.encode(), now)
        elif status < 300:
            self._win(branch, response, now)
        else:
            self._lose(branch, status, response.encode(), now)

    def on_failure(self, branch: Branch, status: int, now: float) -> None:
        """A branch will never say anything."""
        way = branch.target.way
        if way is None or self._cancelled:
            self._lose(branch, status, b"", now)
            return

        def go_on(flow: Flow | None) -> None:
            if flow is None or self._cancelled:
                self._lose(branch, status, b"", self._parts.clock())
            else:
                branch.flow = flow
                self._begin(branch, self._parts.clock())

        way.next_flow(go_on)

    def _win(self, branch: Branch, response: Response, now: float) -> None:
        branch.done = True
        if not self._won:
            self._won = branch.won = True
            self._groups = []
            self.account.conclude(response.status, len(self._branches), now)
            self._cancel_branches(now)
        if self.request.method == "BYE":
            self._release(branch, response.status, now)
        self.server.respond(response.status, response.encode(), now)
        self._let_go()

    def _send_off(self, branch: Branch, response: Response, now: float) -> None:
        """A branch answers that nobody can talk with: another one has won, or its media can't be relayed."""
        ack = acknowledgement(self.request, response, branch.recorded, branch.target.uri)
        self._parts.transactions.add_via(ack, branch.flow)
        branch.flow.send_if_open(ack.encode())
        if not branch.done:
            branch.done = True
            self._release(branch, 200, now)
            bye = farewell(self.request, response, branch.recorded, branch.target.uri)
            self._parts.transactions.ask(bye, branch.flow, Indifferent(), now)
            self._let_go()

    def _fail(self, branch: Branch, refusal: RejectError, now: float) -> None:
        """A branch's session description can't pass."""
        self._lose(branch, int(refusal.status[:3]), self._own_reply(refusal.status, *refusal.headers), now)

    def _lose(self, branch: Branch, status: int, data: bytes, now: float) -> None:
        if not branch.done:
            branch.done = True
            self._release(branch, status, now)
        if self._best is None or rank(status) < rank(self._best[0]):
            self._best = (status, data)
        if status >= 600:
            self._groups = []
            self._cancel_branches(now)
        if self._won:
            self._let_go()
        elif not all(b.done for b in self._branches):
            return
        elif self._groups:
            self._next_group(now)
        else:
            self._give_up(now)
            self._let_go()

    def _let_go(self) -> None:
        """Branches hold on to this; when it holds on to none that is done, nobody has to look for such circles.

        After a 2xx it stays for half a minute more, in case that is repeated. One that is passed on as it came takes no
        request.
        """
        branches = self._branches
        if not branches or not all(b.done for b in branches):
            return
        self._branches = []
        if all(b.won and not b.session for b in branches):
            self.request = NO_REQUEST
            self.account.let_go()

    def _give_up(self, now: float) -> None:
        assert self._best is not None  # a branch has just lost
        status, data = self._best
        if not data and self.request.method != "INVITE" and status == 408:
            self.server.end()  # too late for an answer that anybody would hear (RFC 4320 §4.2)
            return
        if self._cancelled and not data:
            status, data = 487, self._own_reply("487 Request Terminated")
        elif not data or status == 503:
            # A 503 would tell the caller that all of us is unavailable (RFC 3261 §16.7 step 6).
            status = 500 if status == 503 else status
            data = self._own_reply(f"{status} {_REASONS[status]}")
        self.account.conclude(status, len(self._branches), now)
        self.server.respond(status, data, now)

    def _watch(self, branch: Branch, response: Response, now: float) -> None:
        """A call was answered: if its media are relayed, see that it ends when they do."""
        transactions, invite = self._parts.transactions, self.request
        if branch.session and branch.target.uri:
            hang_up = HangUp(transactions, invite, response, branch.recorded, self.server.flow, branch)
            told = self.account.ending()
            self._parts.anchors.watch.begin(branch.session, invite.get("call-id"), hang_up, told, now)

    def _release(self, branch: Branch, status: int, now: float) -> None:
        """Let go of the media of a branch that makes no call, or whose BYE ends one: whatever becomes of it, unless a
        password is wanted."""
        if self.request.method == "BYE" and status not in (401, 407):
            told = self.account.ending()
            if branch.session:
                self._parts.anchors.end(branch.session, self.request, now, told)
            else:
                told({})
        elif branch.session and branch.target.uri:
            self._parts.anchors.end(branch.session, self.request, now)

    def _cancel_branches(self, now: float) -> None:
        for branch in self._branches:
            if not branch.done:
                branch.cancel(now)

    def _own_reply(self, status: str, *headers: str) -> bytes:
        return reply(self.request, status, self._parts.tokens.next(), *headers)

    @property
    def ringing(self) -> float:
        """For how many seconds a callee may ring."""
        return self._parts.ringing

    @property
    def transactions(self) -> Transactions:
        """Where branches begin."""
        return self._parts.transactions
