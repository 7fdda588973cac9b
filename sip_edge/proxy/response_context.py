"""Response contexts: choose among the targets of a request and among their answers (RFC 3261 §16.7).

They decide, and their branches act. They know neither media nor Record-Route.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from sip_edge.continuation import Continuation
from sip_edge.message import uri as uris
from sip_edge.message.errors import RejectError
from sip_edge.message.message import NO_REQUEST, Response
from sip_edge.message.reason import COMPLETED_ELSEWHERE, reason_for
from sip_edge.message.reply import SERVER, reply
from sip_edge.proxy.best_refusal import BestRefusal
from sip_edge.proxy.branches.branch import Branch
from sip_edge.proxy.branches.device_branch import DeviceBranch
from sip_edge.proxy.edge_answers import may_ring, ringing
from sip_edge.proxy.forwarding import Forwarding
from sip_edge.proxy.proxied_request import ProxiedRequest
from sip_edge.proxy.targets.held_requests import Hold
from sip_edge.proxy.targets.target import Target
from sip_edge.transaction.server import ServerTransaction, ServerTransactionUser
from sip_edge.transaction.tokens import Tokens
from sip_edge.transport.flow import Flow

_PHRASES: Final = {408: "Request Timeout", 500: "Server Internal Error"}


class ResponseContext(ServerTransactionUser):
    """Sends a request to its targets, group after group, and their best answer back.

    It exists before the targets are looked up, so that a CANCEL finds it.
    """

    __slots__ = (
        "_best",
        "_branches",
        "_forwarding",
        "_groups",
        "_hold",
        "_is_cancelled",
        "_is_ringing",
        "_replaced",
        "_search_again",
        "_server",
        "_tokens",
        "proxied",
    )

    def __init__(
        self, proxied: ProxiedRequest, server: ServerTransaction, forwarding: Forwarding, tokens: Tokens, now: float
    ) -> None:
        self.proxied = proxied
        self._server = server
        self._forwarding = forwarding
        self._tokens = tokens
        self._groups: list[list[Target]] = []
        self._branches: list[Branch] = []
        self._replaced: list[tuple[Branch, Branch]] = []
        self._best = BestRefusal()
        self._is_cancelled = self._is_ringing = False
        self._hold: Hold | None = None
        self._search_again: Callable[[], None] | None = None
        server.assign(self, now)

    @property
    def hold(self) -> Hold:
        """See Holder: the request may wait for any device before it has targets."""
        if self._hold is None:
            self._hold = self._forwarding.held.hold(self.proxied, self)
        return self._hold

    def on_back(self) -> None:
        """See Holder: nothing was sent yet."""

    def fork(self, groups: list[list[Target]], now: float, search_again: Callable[[], None] | None = None) -> None:
        """Try all targets of a group at once, and the next group after all have refused.

        `search_again` looks for targets that may join them.
        """
        if self._is_cancelled:
            return
        if self._hold:
            self._hold.on_found(now)
        self._groups = groups
        self._search_again = search_again
        self._begin(self._groups.pop(0), now)

    def join(self, targets: list[Target], now: float) -> None:
        """Try further targets at once: devices that have registered while others are waited for."""
        if not self._is_cancelled and not self._server.settled:
            self._begin([t for t in targets if not any(branch.leads_to(t) for branch in self._branches)], now)

    def refuse(self, status: str, now: float, *headers: str) -> None:
        """Answer the request without any target."""
        if self._is_cancelled:
            return
        if self._hold:
            self._hold.give_up(now)
        self._answer(status, now, *headers)

    def _begin(self, targets: list[Target], now: float) -> None:
        begun = [DeviceBranch(self, self.proxied, self._forwarding, target) for target in targets]
        self._branches += begun
        for branch in begun:
            branch.begin(now)

    def on_sent(self, now: float) -> None:
        """See BranchObserver: the server transaction outlasts the timers of its branches (RFC 3261 §16.8)."""
        self._server.wait_until(self._forwarding.answer_deadline(self.proxied.request, now))

    def wants_success(self) -> bool:
        """See BranchObserver."""
        return not self._server.settled

    def on_provisional(self, response: Response, now: float) -> None:
        """See BranchObserver: the caller gets it at once (RFC 3261 §16.7 step 5)."""
        self.on_sent(now)  # timer C begins anew (§16.7 step 2)
        self._is_ringing = True
        self._server.respond(response.status, response.encode(), now)

    def on_success(self, response: Response, now: float) -> None:
        """See BranchObserver: the caller gets it at once, and the other branches are cancelled (§16.7 steps 5, 10)."""
        self._groups = []
        for _, after in self._replaced:
            if after.won:
                self._abandon_before(after, now)
        self.proxied.account.conclude(response.status, len(self._branches), now)
        self._server.respond(response.status, response.encode(), now)
        self._cancel_branches((COMPLETED_ELSEWHERE,), now)
        self._drop_finished_branches()

    def on_refusal(self, branch: Branch, status: int, answer: Response | RejectError | None, now: float) -> None:
        """See BranchObserver: a 6xx ends the search. Otherwise the next group follows the last refusal of this one."""
        if self._replaced and self._goes_on_elsewhere(branch, status, answer, now):
            return
        self._best.add(status, answer)
        if status >= 600 and isinstance(answer, Response):
            self._groups = []
            self._cancel_branches((reason_for(answer.start[len("SIP/2.0 ") :]),), now)
        if self._server.settled:
            self._drop_finished_branches()
        elif not all(branch.done for branch in self._branches):
            return
        elif self._groups:
            self._begin(self._groups.pop(0), now)
        else:
            self._answer_with_best(now)
            self._drop_finished_branches()

    def on_moved(self, branch: Branch, replacement: Branch, now: float) -> None:
        """See BranchObserver: the replacement begins, and the silent branch still takes an answer."""
        self._replaced.append((branch, replacement))
        self._branches.append(replacement)
        replacement.begin(now)

    def on_push_accepted(self, now: float) -> None:
        """See HoldUser: the caller hears that a phone is being woken, unless it has heard one ring."""
        invite = self.proxied.request
        if not (self._is_ringing or self._is_cancelled or self._server.settled) and may_ring(invite):
            self._is_ringing = True
            self._server.respond(180, ringing(invite, self._tokens.next()), now)

    def on_other_device(self, now: float) -> None:
        """See HoldUser: its caller may reach that device, too."""
        if self._search_again:
            self._search_again()

    def _goes_on_elsewhere(
        self, branch: Branch, status: int, answer: Response | RejectError | None, now: float
    ) -> bool:
        """Whether the other one of two branches to the same device decides. If not, it is abandoned.

        A 482 tells that the device has the request already (RFC 3261 §8.2.2.2). Silence of the old flow tells nothing.
        """
        for before, after in self._replaced:
            if branch is after and status == 482 and not before.done:
                return True
            if branch is before and not after.done:
                if answer is None:
                    return True
                after.abandon(now)
        self._abandon_before(branch, now)
        return False

    def _abandon_before(self, branch: Branch, now: float) -> None:
        """Abandon the branches that a branch has replaced."""
        for before, after in reversed(self._replaced):
            if after is branch:
                branch = before
                if not before.done:
                    before.abandon(now)

    def on_unacknowledged(self) -> None:
        """See BranchObserver: a caller that has moved while it rang has not heard the 2xx. It gets the next one."""
        proxied = self.proxied
        if proxied.device:
            hop = self._forwarding.hops.next_hop(proxied.flow, uris.parse(proxied.device))
            hop.other_flow(None, Continuation(self._on_caller_found, self.fail))

    def _on_caller_found(self, flow: Flow | None) -> None:
        if flow:
            self._server.flow = flow

    def on_late_success(self) -> None:
        """See BranchObserver."""
        self._drop_finished_branches()

    def cancel(self, reasons: Sequence[str], now: float) -> None:
        """The caller has given up: every branch is cancelled for the caller's reasons (RFC 3261 §16.10)."""
        self._is_cancelled = self.proxied.is_given_up = True
        self._groups = []
        if not self._branches:
            self._answer("487 Request Terminated", now)
        self._cancel_branches(reasons, now)

    def abandon(self, now: float) -> None:
        """This edge ends: the caller may try again elsewhere, and no device rings on (RFC 3261 §21.5.4)."""
        self._stop("503 Service Unavailable", now, "Retry-After: 1")

    def fail(self, error: Exception) -> None:
        """See ServerTransactionUser and BranchObserver."""
        self.proxied.account.log_fault(error)
        self._stop("500 Server Internal Error", self._forwarding.clock())

    def _stop(self, status: str, now: float, *headers: str) -> None:
        """Answer without waiting for the branches, and cancel them."""
        self._is_cancelled = True
        self._groups = []
        if not self._server.settled:
            self._answer(status, now, *headers)
        self._cancel_branches((reason_for(status),), now)

    def _cancel_branches(self, reasons: Sequence[str], now: float) -> None:
        if self._hold:
            self._hold.give_up(now)
        for branch in self._branches:
            if not branch.done:
                branch.cancel(reasons, now)

    def _answer_with_best(self, now: float) -> None:
        status, answer = self._best.status, self._best.answer
        if status == 408 and self.proxied.request.method != "INVITE":
            self._server.end()  # the requester's own timer has run out, or is about to (RFC 4320 §4.2)
        elif isinstance(answer, RejectError):
            self._answer(answer.status, now, *answer.headers)
        elif answer is None and self._is_cancelled:
            self._answer("487 Request Terminated", now)
        elif answer is None or status == 503:
            # A 503 would tell the caller that all edges are unavailable (RFC 3261 §16.7 step 6).
            status = 500 if status == 503 else status
            self._answer(f"{status} {_PHRASES[status]}", now)
        else:
            self.proxied.account.conclude(status, len(self._branches), now)
            self._server.respond(status, self._best.merged(answer), now)

    def _answer(self, status: str, now: float, *headers: str) -> None:
        """Give an answer of this edge's own."""
        proxied, code = self.proxied, int(status[:3])
        self._server.respond(code, reply(proxied.request, status, self._tokens.next(), *headers, SERVER), now)
        proxied.account.conclude(code, len(self._branches), now)
        if proxied.request.method == "BYE" and not self._branches:
            proxied.account.end_report()({})

    def _drop_finished_branches(self) -> None:
        """Drop finished branches. Without this reference cycle the garbage collector has nothing to collect.

        After a 2xx a branch stays for half a minute more, in case that is repeated. A branch without media passes it
        on without the request.
        """
        branches = self._branches
        if not branches or not all(branch.done for branch in branches):
            return
        self._branches = []
        self._search_again = None
        if all(branch.is_transparent for branch in branches):
            self.proxied.request = NO_REQUEST
            self.proxied.account.let_go()
