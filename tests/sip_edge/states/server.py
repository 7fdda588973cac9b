"""Server transactions under observation (RFC 3261 §17.2, RFC 4320, RFC 6026)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from sip_edge.message import via as vias
from sip_edge.message.message import Request
from sip_edge.message.reply import reply
from sip_edge.transaction.server import InviteServer, InviteState, NonInviteServer, ServerTransactionUser
from sip_edge.transaction.timers import NEVER, T1, T4, TIMER_B_F_H_J
from tests.sip_edge.states.exploration import END
from tests.sip_edge.states.transaction import Bench, request

_ANSWERS: Final = {"180": "180 Ringing", "200": "200 OK", "486": "486 Busy Here"}
# The first answer of a slow user, and its last chance (RFC 4320 §4.1, §4.2).
_FIRST: Final = {"no answer for 3.5 s": 3.5}
_LAST: Final = {"no final answer for 28 s": 28.0}


class _SlowUser(ServerTransactionUser):
    """A user that gives no final answer until it is told that it is overdue."""

    def __init__(self, fail: Callable[[], None]) -> None:
        self._fail = fail

    def fail(self, error: Exception) -> None:
        """Answers 500."""
        self._fail()


class Server(Bench):
    """The parts of both kinds."""

    transaction: InviteServer | NonInviteServer
    received: Request

    def answer(self, status: str) -> None:
        """Let the user answer the request."""
        self.transaction.respond(int(status[:3]), reply(self.received, status, "b"), self.now)

    def assign(self, transaction: InviteServer | NonInviteServer) -> None:
        """Give the transaction its user."""
        transaction.assign(_SlowUser(partial(self.answer, "500 Server Internal Error")), self.now)

    def close(self) -> None:
        """Let the flow end. The transaction learns it when it sends something."""
        self.flow.closed = True
        self.transaction.repeat()
        for status in ("180 Ringing", "200 OK"):
            if not self.is_over:
                self.answer(status)

    @property
    def is_over(self) -> bool:
        """Whether the transaction has ended."""
        return self.transaction.deadline == NEVER

    @property
    def events(self) -> Mapping[str, Callable[[], None]]:
        """The events that the user, the requester and the flow cause."""
        answers = {f"user answers {name}": partial(self.answer, status) for name, status in _ANSWERS.items()}
        return {**answers, "request again": self.transaction.repeat, "flow closed": self.close}


class NonInviteServerSubject(Server):
    """A server transaction of a request other than INVITE and ACK."""

    timers: Final = {"Trying": _FIRST, "Proceeding": _LAST, "Completed": {"timer J": TIMER_B_F_H_J}}

    def __init__(self, transport: str) -> None:
        super().__init__(transport)
        self.received = request("OPTIONS", "Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1")
        self.transaction = self.transactions.serve(self.received, vias.top(self.received), self.flow)
        self.assign(self.transaction)

    @property
    def state(self) -> str:
        """The state of RFC 3261 figure 8."""
        if self.is_over:
            return END
        if self.transaction.settled:
            return "Completed"
        return "Proceeding" if self.transaction.last else "Trying"


class InviteServerSubject(Server):
    """A server transaction of an INVITE. Unanswered is Proceeding before the first response."""

    timers: Final = {
        "Unanswered": _FIRST,
        "Proceeding": _LAST,
        "Completed": {"timer G": T1, "timer H": TIMER_B_F_H_J},
        "Confirmed": {"timer I": T4},
        "Accepted": {"timer L": TIMER_B_F_H_J},
    }

    def __init__(self, transport: str) -> None:
        super().__init__(transport)
        self.received = request("INVITE", "Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1")
        self.invite = self.transactions.serve_invite(self.received, vias.top(self.received), self.flow)
        self.transaction = self.invite
        self.assign(self.transaction)

    def acknowledge(self) -> None:
        """Let an ACK come. One that is not the transaction's goes on to the callee."""
        if not self.invite.acknowledge(self.now):
            self.told.append("passes ACK")

    @property
    def state(self) -> str:
        """The state of RFC 3261 figure 7 and RFC 6026."""
        if self.is_over:
            return END
        is_unanswered = self.invite.state is InviteState.PROCEEDING and not self.invite.last
        return "Unanswered" if is_unanswered else self.invite.state.name.capitalize()

    @property
    def events(self) -> Mapping[str, Callable[[], None]]:
        """The events that the user, the requester and the flow cause."""
        return {**super().events, "ACK": self.acknowledge}
