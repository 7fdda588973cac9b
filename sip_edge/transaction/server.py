"""Server transactions: what was asked of us (RFC 3261 §17.2, RFC 6026 §7.1)."""

from __future__ import annotations

from enum import IntEnum
from typing import Protocol

from sip_edge.transaction.timers import LONGEST, NEVER, T1, T2, T4, Timed, Timers
from sip_edge.transport.flow import Flow, FlowClosedError

ServerTable = dict[str, "ServerTransaction"]


class Cancellable(Protocol):
    """Who works on an INVITE and may be told to stop."""

    def cancel(self, now: float) -> None:
        """The caller has given up (RFC 3261 §9.2)."""

    def abandon(self, now: float) -> None:
        """This edge goes before there is an answer."""


class ServerTransaction(Timed):
    """What both kinds share: the flow to answer to, and the last answer for those who ask again."""

    __slots__ = ("_table", "_timers", "flow", "key", "last")

    def __init__(self, table: ServerTable, timers: Timers, key: str, flow: Flow) -> None:
        self.deadline = NEVER
        self._table = table
        self._timers = timers
        self.key = key
        self.flow = flow
        self.last = b""
        table[key] = self

    @property
    def settled(self) -> bool:
        """Whether the final answer has gone."""
        raise NotImplementedError

    def respond(self, status: int, data: bytes, now: float) -> None:
        """Answer with an encoded response of that status code."""
        raise NotImplementedError

    def repeat(self) -> None:
        """The request came again."""
        if self.last:
            self._send(self.last)

    def end(self) -> None:
        """Forget the transaction."""
        self.deadline = NEVER
        self._table.pop(self.key, None)

    def _send(self, data: bytes) -> None:
        try:
            self.flow.send(data)
        except FlowClosedError:
            self.end()  # nobody is left to answer (RFC 3261 §17.2.4)


class NonInviteServer(ServerTransaction):
    """RFC 3261 §17.2.2: one final answer, kept for timer J."""

    __slots__ = ("_completed",)

    def __init__(self, table: ServerTable, timers: Timers, key: str, flow: Flow) -> None:
        super().__init__(table, timers, key, flow)
        self._completed = False

    @property
    def settled(self) -> bool:
        """Whether the final answer has gone."""
        return self._completed

    def respond(self, status: int, data: bytes, now: float) -> None:
        """Answer; what comes after a final answer is dropped."""
        if self._completed:
            return
        self.last = data
        if status >= 200:
            self._completed = True
            if self.flow.reliable:
                self.end()
            else:
                self._timers.arm(self, now + LONGEST)  # timer J
        self._send(data)

    def expire(self, now: float) -> None:
        """Timer J."""
        self.end()


class InviteState(IntEnum):
    """RFC 3261 figure 7, with the Accepted state of RFC 6026."""

    PROCEEDING = 1
    ACCEPTED = 2
    COMPLETED = 3
    CONFIRMED = 4


class InviteServer(ServerTransaction):
    """RFC 3261 §17.2.1 and RFC 6026: a refusal is repeated until its ACK comes, a 2xx is the far end's to repeat."""

    __slots__ = ("_interval", "_until", "state", "worker")

    def __init__(self, table: ServerTable, timers: Timers, key: str, flow: Flow) -> None:
        super().__init__(table, timers, key, flow)
        self.state = InviteState.PROCEEDING
        self.worker: Cancellable | None = None
        self._interval = T1
        self._until = NEVER

    @property
    def settled(self) -> bool:
        """Whether the final answer has gone."""
        return self.state is not InviteState.PROCEEDING

    def respond(self, status: int, data: bytes, now: float) -> None:
        """Answer. Any number of 2xx may follow a first one; nothing follows a refusal."""
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
        self.worker = None
        self._timers.arm(self, now + LONGEST)  # timer L

    def _complete(self, data: bytes, now: float) -> None:
        self.state = InviteState.COMPLETED
        self.last = data
        self.worker = None
        self._until = now + LONGEST  # timer H
        self._timers.arm(self, self._until if self.flow.reliable else now + T1)  # timer G

    def acknowledge(self, now: float) -> bool:
        """An ACK has come. False when it is not ours to keep: an ACK to a 2xx goes on to the callee."""
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
        """Timers G and H while the ACK is missing, timer I or L at the end."""
        if self.state is not InviteState.COMPLETED or now >= self._until:
            self.end()
            return
        self._interval = min(2 * self._interval, T2)
        self._timers.arm(self, min(now + self._interval, self._until))
        self._send(self.last)
