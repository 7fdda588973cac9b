"""One request on its way to its targets: the response context of RFC 3261 §16.7."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sip_edge.journal import Journal
from sip_edge.message.message import Request, Response
from sip_edge.message.reply import reply
from sip_edge.proxy.best import rank
from sip_edge.proxy.forward import prepare
from sip_edge.proxy.outside import Way
from sip_edge.proxy.record_route import RecordRoute
from sip_edge.proxy.second_answer import acknowledgement, farewell
from sip_edge.transaction.client import Indifferent, InviteClient
from sip_edge.transaction.layer import Transactions
from sip_edge.transaction.server import InviteServer, ServerTransaction
from sip_edge.transaction.tokens import Tokens
from sip_edge.transport.flow import Flow

METHODS: Final = (
    *("INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "REGISTER", "PRACK", "UPDATE", "INFO", "REFER", "SUBSCRIBE"),
    *("NOTIFY", "MESSAGE"),
)
_REASONS: Final = {408: "Request Timeout", 500: "Server Internal Error"}


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request may go: over a flow, with a Request-URI of its own unless that is to stay.

    `path` are the proxies before a device, to be visited in that order (RFC 3327 §5.1). `way` has other flows to the
    same place, for when this one fails.
    """

    flow: Flow
    uri: str = ""
    path: tuple[str, ...] = ()
    way: Way | None = None


@dataclass(frozen=True, slots=True)
class RelayParts:
    """What a relay works with. `ringing` is for how many seconds a callee may ring."""

    transactions: Transactions
    tokens: Tokens
    record_route: RecordRoute
    journal: Journal
    clock: Callable[[], float]
    realm: str
    ringing: float


class Relay:
    """Sends a request to its targets, group after group, and their best answer back.

    It exists from the moment that the request is taken on, so that a CANCEL finds it while the targets are still
    looked up.
    """

    __slots__ = ("_best", "_branches", "_cancelled", "_groups", "_hops", "_parts", "_won", "request", "server")

    def __init__(self, parts: RelayParts, request: Request, server: ServerTransaction, hops: int) -> None:
        self._parts = parts
        self.request = request
        self.server = server
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
            self._count(status[:3])
            self.server.respond(int(status[:3]), self._own_reply(status, *headers), now)

    def cancel(self, now: float) -> None:
        """The caller has given up: so do we, on every branch (RFC 3261 §16.10)."""
        self._cancelled = True
        self._groups = []
        if not self._branches:
            self.server.respond(487, self._own_reply("487 Request Terminated"), now)
        self._cancel_branches(now)

    def _next_group(self, now: float) -> None:
        group = self._groups.pop(0)
        begun = [Branch(self, target) for target in group]
        self._branches += begun
        for branch in begun:
            branch.begin(now)

    def outgoing(self, branch: Branch) -> Request:
        """The request as it goes to a branch's target."""
        target = branch.target
        request = prepare(self.request, self._hops, self._parts.realm)
        if target.uri:
            request.retarget(target.uri)
            if target.path:
                request.prepend("route", f"Route: {', '.join(target.path)}")
            branch.recorded = self._parts.record_route.insert(request, self.server.flow, branch.flow)
        return request

    def on_response(self, branch: Branch, response: Response, now: float) -> None:
        """A branch has something to say."""
        response.remove_first_value("via")
        status = response.status
        if status == 100:
            return
        if self._won and 200 <= status < 300 and not branch.won:
            self._send_off(branch, response, now)
            return
        if branch.recorded and status < 300:
            self._parts.record_route.turn(response, branch.recorded, self.server.flow, branch.flow)
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
                branch.begin(self._parts.clock())

        way.next_flow(go_on)

    def _win(self, branch: Branch, response: Response, now: float) -> None:
        branch.done = True
        if not self._won:
            self._won = branch.won = True
            self._groups = []
            self._count(str(response.status))
            self._cancel_branches(now)
        self.server.respond(response.status, response.encode(), now)

    def _send_off(self, branch: Branch, response: Response, now: float) -> None:
        """Another branch has won, and this one answers all the same."""
        ack = acknowledgement(self.request, response, branch.recorded)
        self._parts.transactions.add_via(ack, branch.flow)
        branch.flow.send_if_open(ack.encode())
        if not branch.done:
            branch.done = True
            bye = farewell(self.request, response, branch.recorded)
            self._parts.transactions.ask(bye, branch.flow, Indifferent(), now)

    def _lose(self, branch: Branch, status: int, data: bytes, now: float) -> None:
        branch.done = True
        if self._best is None or rank(status) < rank(self._best[0]):
            self._best = (status, data)
        if status >= 600:
            self._groups = []
            self._cancel_branches(now)
        if self._won or not all(b.done for b in self._branches):
            return
        if self._groups:
            self._next_group(now)
        else:
            self._give_up(now)

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
        self._count(str(status))
        self.server.respond(status, data, now)

    def _cancel_branches(self, now: float) -> None:
        for branch in self._branches:
            if not branch.done:
                branch.cancel(now)

    def _count(self, status: str) -> None:
        method = self.request.method
        self._parts.journal.count(f"{method.lower() if method in METHODS else 'other'}_{status}")

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


class Branch:
    """One of the ways that a relayed request takes.

    `recorded` is the Record-Route value that went with it, `done` tells that its outcome is known, `won` that the call
    is its.
    """

    __slots__ = ("_client", "_relay", "done", "flow", "recorded", "target", "won")

    def __init__(self, relay: Relay, target: Target) -> None:
        self._relay = relay
        self._client: InviteClient | None = None
        self.target = target
        self.flow = target.flow
        self.recorded = ""
        self.done = False
        self.won = False

    def begin(self, now: float) -> None:
        """Send the request."""
        relay = self._relay
        request = relay.outgoing(self)
        if request.method == "INVITE":
            self._client = relay.transactions.invite(request, self.flow, self, relay.ringing, now)
        else:
            relay.transactions.ask(request, self.flow, self, now)

    def cancel(self, now: float) -> None:
        """Call it off; only an INVITE can be (RFC 3261 §9.1)."""
        if self._client:
            self._client.cancel(now)

    def on_response(self, response: Response, now: float) -> None:
        """See Asker."""
        self._relay.on_response(self, response, now)

    def on_failure(self, status: int, now: float) -> None:
        """See Asker."""
        self._relay.on_failure(self, status, now)
