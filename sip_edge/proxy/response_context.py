"""One request on its way to its targets: the response context of RFC 3261 §16.7."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sip_edge.message.errors import RejectError
from sip_edge.message.message import NO_REQUEST, Request, Response
from sip_edge.message.reason import COMPLETED_ELSEWHERE, reason_for
from sip_edge.message.reply import SERVER, reply
from sip_edge.proxy.accounting import Accounting
from sip_edge.proxy.best import BestRefusal
from sip_edge.proxy.branch import Branch, RelayParts, Target
from sip_edge.transaction.server import ServerTransaction, ServerTransactionUser
from sip_edge.transaction.timers import TIMER_B_F_H_J

_REASONS: Final = {408: "Request Timeout", 500: "Server Internal Error"}


class ResponseContext(ServerTransactionUser):
    """Sends a request to its targets, group after group, and their best answer back.

    It exists from the moment that the request is taken on, so that a CANCEL finds it while the targets are still
    looked up. `are_colleagues` tells that both ends are extensions of one customer, as soon as that is proved. `loop`
    is the part of its branches by which an edge knows the request when it comes back, if it can.
    """

    __slots__ = (
        "_best",
        "_branches",
        "_cancelled",
        "_groups",
        "_parts",
        "account",
        "are_colleagues",
        "hops",
        "loop",
        "request",
        "server",
    )

    def __init__(self, parts: RelayParts, request: Request, server: ServerTransaction, hops: int, now: float) -> None:
        self._parts = parts
        self.request = request
        self.server = server
        self.account = Accounting(parts.ledger, parts.journal, request, server.flow.source, now)
        self.are_colleagues = False
        self.hops = hops
        self._groups: list[list[Target]] = []
        self._branches: list[Branch] = []
        self._best = BestRefusal()
        self._cancelled = False
        self.loop = ""
        server.assign(self, now)

    def fork(self, groups: list[list[Target]], now: float) -> None:
        """Try all targets of a group at once, and the next group when all have refused."""
        if self._cancelled:
            return
        self._groups = groups
        self._next_group(now)

    def refuse(self, status: str, now: float, *headers: str) -> None:
        """Answer the request without any target."""
        if not self._cancelled:
            self._answer(status, now, *headers)

    def cancel(self, reasons: Sequence[str], now: float) -> None:
        """The caller has given up: every branch is called off for the caller's reasons (RFC 3261 §16.10)."""
        self._cancelled = True
        self._groups = []
        if not self._branches:
            self._answer("487 Request Terminated", now)
        self._cancel_branches(reasons, now)

    def abandon(self, now: float) -> None:
        """This edge goes: the caller may try again elsewhere, and no device rings on (RFC 3261 §21.5.4)."""
        self._stop("503 Service Unavailable", now, "Retry-After: 1")

    def fail(self, error: Exception) -> None:
        """See ServerTransactionUser."""
        self._parts.journal.trouble("internal_error", error, correlation_id=self.request.get("call-id"))
        self._stop("500 Server Internal Error", self._parts.clock())

    def _stop(self, status: str, now: float, *headers: str) -> None:
        """Answer without waiting for the branches, and call them off."""
        self._cancelled = True
        self._groups = []
        if not self.server.settled:
            self._answer(status, now, *headers)
        self._cancel_branches((reason_for(status),), now)

    def _answer(self, status: str, now: float, *headers: str) -> None:
        """Give an answer of this edge's own."""
        self.server.respond(int(status[:3]), self._own_reply(status, *headers), now)
        self.account.conclude(int(status[:3]), len(self._branches), now)
        if self.request.method == "BYE" and not self._branches:
            self.account.ending()({})

    def _next_group(self, now: float) -> None:
        group = self._groups.pop(0)
        begun = [Branch(self, self._parts, target) for target in group]
        self._branches += begun
        for branch in begun:
            branch.begin(now)

    def await_answer(self, now: float) -> None:
        """Let the server transaction outlast the branches' timers B, C and F, and that of a CANCEL (RFC 3261 §16.8)."""
        ringing = self._parts.ringing if self.request.method == "INVITE" else 0
        self.server.wait_until(now + ringing + 3 * TIMER_B_F_H_J)

    def on_answer(self, branch: Branch, response: Response, now: float) -> None:
        """A branch has answered, provisionally or with a 2xx: the caller gets that at once (RFC 3261 §16.7 step 5)."""
        status = response.status
        if status < 200:
            self.await_answer(now)
            self.server.respond(status, response.encode(), now)
            return
        branch.done = True
        if not branch.won:
            branch.won = True
            self._groups = []
            self.account.conclude(status, len(self._branches), now)
            self._cancel_branches((COMPLETED_ELSEWHERE,), now)
        if self.request.method == "BYE":
            branch.release(status, now)
        self.server.respond(status, response.encode(), now)
        self.let_go()

    def on_refusal(self, branch: Branch, status: int, answer: Response | RejectError | None, now: float) -> None:
        """A branch has ended with that status, and with that answer for the caller; None when it gave no answer."""
        if not branch.done:
            branch.done = True
            branch.release(status, now)
        self._best.add(status, answer)
        if status >= 600 and isinstance(answer, Response):
            self._groups = []
            self._cancel_branches((reason_for(answer.start[len("SIP/2.0 ") :]),), now)
        if self.server.settled:
            self.let_go()
        elif not all(b.done for b in self._branches):
            return
        elif self._groups:
            self._next_group(now)
        else:
            self._give_up(now)
            self.let_go()

    def let_go(self) -> None:
        """Drop finished branches. Without this circle of references the garbage collector has nothing to collect.

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
        status, answer = self._best.status, self._best.answer
        if status == 408 and self.request.method != "INVITE":
            self.server.end()  # the requester's own timer has run out, or is about to (RFC 4320 §4.2)
        elif isinstance(answer, RejectError):
            self._answer(answer.status, now, *answer.headers)
        elif answer is None and self._cancelled:
            self._answer("487 Request Terminated", now)
        elif answer is None or status == 503:
            # A 503 would tell the caller that all of us is unavailable (RFC 3261 §16.7 step 6).
            status = 500 if status == 503 else status
            self._answer(f"{status} {_REASONS[status]}", now)
        else:
            self.account.conclude(status, len(self._branches), now)
            self.server.respond(status, self._best.merged(answer), now)

    def _cancel_branches(self, reasons: Sequence[str], now: float) -> None:
        for branch in self._branches:
            if not branch.done:
                branch.cancel(reasons, now)

    def _own_reply(self, status: str, *headers: str) -> bytes:
        return reply(self.request, status, self._parts.tokens.next(), *headers, SERVER)
