"""The response context: chooses among the targets of a request and among their answers (RFC 3261 §16.7).

It decides, and its branches act. It knows neither media nor Record-Route.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sip_edge.message.errors import RejectError
from sip_edge.message.message import NO_REQUEST, Response
from sip_edge.message.reason import COMPLETED_ELSEWHERE, reason_for
from sip_edge.message.reply import SERVER, reply
from sip_edge.proxy.branch import Branch
from sip_edge.proxy.forwarding import Forwarding
from sip_edge.proxy.proxied_request import ProxiedRequest
from sip_edge.proxy.targets.target import Target
from sip_edge.transaction.server import ServerTransaction, ServerTransactionUser
from sip_edge.transaction.tokens import Tokens

_PHRASES: Final = {408: "Request Timeout", 500: "Server Internal Error"}
_INFORMATIVE: Final = frozenset((401, 407, 415, 420, 484))  # the caller can do something about these
_CHALLENGES: Final = frozenset(("www-authenticate", "proxy-authenticate"))


class ResponseContext(ServerTransactionUser):
    """Sends a request to its targets, group after group, and their best answer back.

    It exists before the targets are looked up, so that a CANCEL finds it.
    """

    __slots__ = (
        "_best",
        "_branches",
        "_forwarding",
        "_groups",
        "_is_cancelled",
        "_replaced",
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
        self._is_cancelled = False
        server.assign(self, now)

    def fork(self, groups: list[list[Target]], now: float) -> None:
        """Try all targets of a group at once, and the next group after all have refused."""
        if self._is_cancelled:
            return
        self._groups = groups
        self._begin_next_group(now)

    def refuse(self, status: str, now: float, *headers: str) -> None:
        """Answer the request without any target."""
        if not self._is_cancelled:
            self._answer(status, now, *headers)

    def _begin_next_group(self, now: float) -> None:
        group = self._groups.pop(0)
        begun = [Branch(self, self.proxied, self._forwarding, target) for target in group]
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
        self._server.respond(response.status, response.encode(), now)

    def on_success(self, response: Response, now: float) -> None:
        """See BranchObserver: the caller gets it at once, and the other branches are cancelled (§16.7 steps 5, 10)."""
        self._groups = []
        for _, after in self._replaced:
            if after.won:
                self._abandon_before(after, now)
        self.proxied.account.conclude(response.status, len(self._branches), now)
        self._cancel_branches((COMPLETED_ELSEWHERE,), now)
        self._server.respond(response.status, response.encode(), now)
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
            self._begin_next_group(now)
        else:
            self._answer_with_best(now)
            self._drop_finished_branches()

    def on_moved(self, branch: Branch, replacement: Branch, now: float) -> None:
        """See BranchObserver: the replacement begins, and the silent branch still takes an answer."""
        self._replaced.append((branch, replacement))
        self._branches.append(replacement)
        replacement.begin(now)

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

    def on_late_success(self) -> None:
        """See BranchObserver."""
        self._drop_finished_branches()

    def cancel(self, reasons: Sequence[str], now: float) -> None:
        """The caller has given up: every branch is cancelled for the caller's reasons (RFC 3261 §16.10)."""
        self._is_cancelled = True
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
        if all(branch.is_transparent for branch in branches):
            self.proxied.request = NO_REQUEST
            self.proxied.account.let_go()


class BestRefusal:
    """The best of the refusals so far (RFC 3261 §16.7 steps 6 and 7).

    `status` is 0 before the first refusal. `answer` is a response that came, or the refusal of a session description.
    It is None when a branch got no answer.
    """

    __slots__ = ("_challenges", "answer", "status")

    def __init__(self) -> None:
        self.status = 0
        self.answer: Response | RejectError | None = None
        self._challenges: list[tuple[Response, str, str]] = []

    def add(self, status: int, answer: Response | RejectError | None) -> None:
        """Take in the end of a branch with that status."""
        if status in (401, 407) and isinstance(answer, Response):
            for name, line in zip(answer.names, answer.lines, strict=True):
                if name in _CHALLENGES:
                    self._challenges.append((answer, name, line))
        if not self.status or _rank(status) < _rank(self.status):
            self.status, self.answer = status, answer

    def merged(self, response: Response) -> bytes:
        """The response for the caller: a challenge also has those of all other branches (§16.7 step 7)."""
        if response.status in (401, 407):
            for origin, name, line in self._challenges:
                if origin is not response:
                    response.names.append(name)
                    response.lines.append(line)
        return response.encode()


def _rank(status: int) -> tuple[int, int, int]:
    """Smaller is better: any 6xx first, then the lowest class, in it an answer that helps the caller, silence last."""
    return (
        0 if status >= 600 else status // 100,
        0 if status in _INFORMATIVE else 1,
        1 if status in (408, 503) else 0,
    )
