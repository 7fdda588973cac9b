"""Server transactions, for the requests that this edge gets (RFC 3261 §17.2, RFC 6026 §7.1)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Final

from mypy_extensions import mypyc_attr

from sip_edge.message.message import NO_REQUEST, Request
from sip_edge.message.reply import reply
from sip_edge.transaction.timers import NEVER, T1, T2, T4, TIMER_B_F_H_J, Timed, Timers
from sip_edge.transport.flow import Flow, FlowClosedError

ServerTable = dict[str, "ServerTransaction"]

_TRYING_S: Final = 3.5  # timer E is T2 by then: so long a requester waits for a 100 (RFC 4320 §4.1)
_PATIENCE_S: Final = TIMER_B_F_H_J - T2  # a later answer could miss a requester whose timer F runs (RFC 4320 §4.2)


class OverdueError(Exception):
    """A request without a final answer whose time is over."""


@mypyc_attr(allow_interpreted_subclasses=True)
class ServerTransactionUser:
    """The user of a server transaction, which owes its request a final answer (RFC 3261 §5)."""

    __slots__ = ()

    def fail(self, error: Exception) -> None:
        """Answers 500 and stops, since a step has raised or the answer is overdue."""
        raise NotImplementedError

    def cancel(self, reasons: Sequence[str], now: float) -> None:
        """Handles a CANCEL with the reasons in these header lines. Only an INVITE heeds it (§9.2)."""

    def abandon(self, now: float) -> None:
        """Gives up, since this edge ends before there is an answer."""


class ServerTransaction(Timed):
    """A request, the flow to answer over, and the last answer, for when the request comes again.

    From `assign` on it always has a deadline. Before the final answer, that is the time for its `user` to give one.
    """

    __slots__ = ("_request", "_table", "_timers", "_until", "flow", "key", "last", "user")

    def __init__(self, table: ServerTable, timers: Timers, key: str, request: Request, flow: Flow) -> None:
        self.deadline = NEVER
        self._table = table
        self._timers = timers
        self._request = request
        self._until = NEVER
        self.key = key
        self.flow = flow
        self.last = b""
        self.user: ServerTransactionUser | None = None
        table[key] = self

    @property
    def settled(self) -> bool:
        """Whether the final answer is sent."""
        raise NotImplementedError

    def respond(self, status: int, data: bytes, now: float) -> None:
        """Answers with an encoded response of that status code."""
        raise NotImplementedError

    def assign(self, user: ServerTransactionUser, now: float) -> None:
        """Lets `user` work on the request from now on."""
        self.user = user
        self._until = now + _PATIENCE_S
        self._timers.arm(self, now + _TRYING_S)

    def wait_until(self, deadline: float) -> None:
        """Allows the final answer to take until this deadline, since the user waits for others."""
        if not self.settled:
            self._until = deadline

    def repeat(self) -> None:
        """Repeats the last answer, since the request came again."""
        if self.last:
            self._send(self.last)

    def end(self) -> None:
        """Forgets the transaction."""
        self.deadline = NEVER
        self._let_go()
        if self._table.get(self.key) is self:
            del self._table[self.key]

    def _let_go(self) -> None:
        """Drops references, since an earlier deadline in the heap may keep this transaction for minutes."""
        self._request = NO_REQUEST
        self.user = None

    def _send(self, data: bytes) -> None:
        try:
            self.flow.send(data)
        except FlowClosedError:
            self.end()  # the requester is gone (RFC 3261 §17.2.4)

    def _expire_unanswered(self, now: float) -> None:
        """Sends 100 when no answer is sent (RFC 4320 §4.1), and gives up when the time is over."""
        if now < self._until:
            self._timers.arm(self, self._until)
            if not self.last:
                self.respond(100, reply(self._request, "100 Trying", ""), now)
            return
        try:
            if self.user:
                self.user.fail(OverdueError())
        finally:
            if not self.settled:
                self.end()


class NonInviteServer(ServerTransaction):
    """RFC 3261 §17.2.2: one final answer, kept for timer J."""

    __slots__ = ("_completed",)

    def __init__(self, table: ServerTable, timers: Timers, key: str, request: Request, flow: Flow) -> None:
        super().__init__(table, timers, key, request, flow)
        self._completed = False

    @property
    def settled(self) -> bool:
        """Whether the final answer has gone."""
        return self._completed

    def respond(self, status: int, data: bytes, now: float) -> None:
        """Answers. Responses after a final answer are dropped."""
        if self._completed:
            return
        self.last = data
        if status >= 200:
            self._completed = True
            self._let_go()
            if self.flow.reliable:
                self.end()
            else:
                self._timers.arm(self, now + TIMER_B_F_H_J)  # timer J
        self._send(data)

    def expire(self, now: float) -> None:
        """Timer J after the final answer."""
        if self._completed:
            self.end()
        else:
            self._expire_unanswered(now)


class InviteState(IntEnum):
    """RFC 3261 figure 7, with the Accepted state of RFC 6026."""

    PROCEEDING = 1
    ACCEPTED = 2
    COMPLETED = 3
    CONFIRMED = 4


class InviteServer(ServerTransaction):
    """A transaction of an INVITE (RFC 3261 §17.2.1, RFC 6026). Its callee repeats a 2xx, this edge a refusal."""

    __slots__ = ("_interval", "state")

    def __init__(self, table: ServerTable, timers: Timers, key: str, request: Request, flow: Flow) -> None:
        super().__init__(table, timers, key, request, flow)
        self.state = InviteState.PROCEEDING
        self._interval = T1

    @property
    def settled(self) -> bool:
        """Whether the final answer has gone."""
        return self.state is not InviteState.PROCEEDING

    def respond(self, status: int, data: bytes, now: float) -> None:
        """Answers. More 2xx may follow a first one, and nothing a refusal."""
        if self.state is InviteState.PROCEEDING:
            if status < 200:
                self.last = data
            elif status < 300:
                self._accept(now)
            else:
                self._complete(data, now)
            self._send(data)
        elif self.state is InviteState.ACCEPTED and 200 <= status < 300:
            self._send(data)

    def _accept(self, now: float) -> None:
        self.state = InviteState.ACCEPTED
        self.last = b""
        self._let_go()
        self._timers.arm(self, now + TIMER_B_F_H_J)  # timer L

    def _complete(self, data: bytes, now: float) -> None:
        self.state = InviteState.COMPLETED
        self.last = data
        self._let_go()
        self._until = now + TIMER_B_F_H_J  # timer H
        self._timers.arm(self, self._until if self.flow.reliable else now + T1)  # timer G

    def acknowledge(self, now: float) -> bool:
        """Handles an ACK. Returns False for the ACK to a 2xx, which goes on to the callee."""
        if self.state is InviteState.ACCEPTED:
            return False
        if self.state is not InviteState.COMPLETED:
            return True
        self.state = InviteState.CONFIRMED
        self.last = b""
        if self.flow.reliable:
            self.end()
        else:
            self._timers.arm(self, now + T4)  # timer I
        return True

    def expire(self, now: float) -> None:
        """Timers G and H while the ACK to a refusal is missing, timer I or L at the end."""
        if self.state is InviteState.PROCEEDING:
            self._expire_unanswered(now)
        elif self.state is not InviteState.COMPLETED or now >= self._until:
            self.end()
        else:
            self._interval = min(2 * self._interval, T2)
            self._timers.arm(self, min(now + self._interval, self._until))
            self._send(self.last)
