"""Client transactions, for the requests that this edge sends (RFC 3261 §17.1, RFC 6026 §7.2)."""

from __future__ import annotations

from enum import IntEnum
from typing import Final, Protocol

from sip_edge.message.message import NO_REQUEST, Request, Response
from sip_edge.transaction.timers import NEVER, T1, T2, T4, TIMER_B_F_H_J, Timed, Timers
from sip_edge.transport.flow import Flow, FlowClosedError

ClientTable = dict[str, "ClientTransaction"]


class ClientTransactionUser(Protocol):
    """The user of a client transaction, which gets the outcome of its request."""

    def on_response(self, response: Response, now: float) -> None:
        """Handles a response. The edge's Via is still on top."""

    def on_failure(self, status: int, now: float) -> None:
        """Handles the lack of a final response: 408 after a timeout, 503 for a closed flow (RFC 3261 §16.7, §16.9)."""

    def on_silence(self, now: float) -> None:
        """Handles the lack of any response, after T1 and at each further beat of timer A or E.

        The same holds for a response to the CANCEL of an INVITE.
        """

    def on_flow_lost(self, now: float) -> bool:
        """Handles the end of the flow of an INVITE that rings. Returns whether it waits for `InviteClient.move`."""


class IgnoreOutcome:
    """A user to which the outcome does not matter."""

    def on_response(self, response: Response, now: float) -> None:
        """Nothing to do."""

    def on_failure(self, status: int, now: float) -> None:
        """Nothing to do."""

    def on_silence(self, now: float) -> None:
        """Nothing to do."""

    def on_flow_lost(self, now: float) -> bool:
        """Waits for nothing."""
        return False


IGNORE_OUTCOME: Final = IgnoreOutcome()


class ClientTransaction(Timed):
    """The common part of both kinds: the request, its flow, and its user."""

    __slots__ = ("_failed", "_interval", "_table", "_timers", "_until", "asker", "flow", "key", "request")

    def __init__(
        self,
        table: ClientTable,
        timers: Timers,
        branch: str,
        request: Request,
        flow: Flow,
        asker: ClientTransactionUser,
    ) -> None:
        self.deadline = NEVER
        self._table = table
        self._timers = timers
        self.key = client_key(branch, request.method)
        self.request = request
        self.flow = flow
        self.asker = asker
        self._interval = T1
        self._until = NEVER
        self._failed = False
        table[self.key] = self

    def receive(self, response: Response, now: float) -> None:
        """Handles a response with this transaction's branch."""
        raise NotImplementedError

    def lose(self, now: float) -> None:
        """Fails, since the flow has ended. The user is told at the next tick, never from within this call."""
        self._failed = True
        self._timers.arm(self, now)

    def hasten(self, now: float) -> None:
        """Sends the request again before timer A or E does, since its receiver is back."""
        if not (self.flow.reliable or self._failed):
            self._send(self.request.encode(), now)

    def end(self) -> None:
        """Forgets the transaction."""
        self.deadline = NEVER
        self._table.pop(self.key, None)
        self._let_go()

    def _let_go(self) -> None:
        """Drops references, since an earlier deadline in the heap may keep this transaction for minutes."""
        self.request, self.asker = NO_REQUEST, IGNORE_OUTCOME

    def _start(self, patience: float, now: float) -> None:
        """Sends the request. A closed flow is reported at the next tick, never from within this call."""
        self._until = now + patience  # timer B or F
        self._timers.arm(self, min(now + T1, self._until))  # timer A or E
        self._send(self.request.encode(), now)

    def _repeat(self, now: float) -> None:
        """Sends the request again, over a flow that does not repeat by itself."""
        self._timers.arm(self, min(now + self._interval, self._until))
        if not self.flow.reliable:
            self._send(self.request.encode(), now)

    def _send(self, data: bytes, now: float) -> None:
        try:
            self.flow.send(data)
        except FlowClosedError:
            self.lose(now)

    def _fail(self, status: int, now: float) -> None:
        asker = self.asker
        self.end()
        asker.on_failure(status, now)


class NonInviteState(IntEnum):
    """RFC 3261 figure 6."""

    TRYING = 1
    PROCEEDING = 2
    COMPLETED = 3


class NonInviteClient(ClientTransaction):
    """A transaction of any other request than INVITE and ACK (RFC 3261 §17.1.2)."""

    __slots__ = ("state",)

    def __init__(
        self,
        table: ClientTable,
        timers: Timers,
        branch: str,
        request: Request,
        flow: Flow,
        asker: ClientTransactionUser,
    ) -> None:
        super().__init__(table, timers, branch, request, flow, asker)
        self.state = NonInviteState.TRYING

    def start(self, now: float, patience: float = TIMER_B_F_H_J) -> None:
        """Sends the request, and waits `patience` seconds for a final response (timer F)."""
        self._start(patience, now)

    def receive(self, response: Response, now: float) -> None:
        """Passes on every response up to the first final one."""
        if self.state is NonInviteState.COMPLETED:
            return
        asker = self.asker
        if response.status < 200:
            self.state = NonInviteState.PROCEEDING
        else:
            self.state = NonInviteState.COMPLETED
            self._let_go()
            if self.flow.reliable:
                self.end()
            else:
                self._timers.arm(self, now + T4)  # timer K
        asker.on_response(response, now)

    def expire(self, now: float) -> None:
        """Timer E repeats the request, timer F gives up, timer K forgets."""
        if self.state is NonInviteState.COMPLETED:
            self.end()
        elif self._failed:
            self._fail(503, now)
        elif now >= self._until:
            self._fail(408, now)
        else:
            self._interval = T2 if self.state is NonInviteState.PROCEEDING else min(2 * self._interval, T2)
            self._repeat(now)
            if self.state is NonInviteState.TRYING:
                self.asker.on_silence(now)


def client_key(branch: str, method: str) -> str:
    """Returns the key of a client transaction: branch and method, as a CANCEL has its INVITE's branch (§17.1.3)."""
    return f"{branch} {method}"
