"""Client transactions of INVITEs, with their CANCELs."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Final

from sip_edge.message.message import NO_REQUEST, Request, Response
from sip_edge.message.reason import reason_for
from sip_edge.transaction.client import (
    IGNORE_OUTCOME,
    ClientTable,
    ClientTransaction,
    ClientTransactionUser,
    IgnoreOutcome,
    NonInviteClient,
)
from sip_edge.transaction.hop_by_hop_requests import ack_of, cancel_of
from sip_edge.transaction.timers import NEVER, TIMER_B_F_H_J, Timers
from sip_edge.transport.flow import Flow

_RANG_OUT: Final = reason_for("408 Request Timeout")


class InviteState(IntEnum):
    """RFC 3261 figure 5, with the Accepted state of RFC 6026, and Proceeding split at our CANCEL."""

    CALLING = 1
    PROCEEDING = 2
    CANCELLING = 3
    ACCEPTED = 4
    COMPLETED = 5


class InviteClient(ClientTransaction):
    """A transaction of an INVITE (RFC 3261 §17.1.1, RFC 6026), with the proxy's timer C (§16.8)."""

    __slots__ = ("_cancel", "_cancel_reasons", "_canceller", "_rang_out", "_ringing", "_rings_until", "state")

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
        self.state = InviteState.CALLING
        self._ringing = self._rings_until = NEVER
        self._rang_out = False
        self._cancel_reasons: Sequence[str] | None = None
        self._cancel = NO_REQUEST
        self._canceller: NonInviteClient | None = None

    def start(self, now: float, ringing: float) -> None:
        """Sends the INVITE. The callee may ring for `ringing` seconds (timer C)."""
        self._ringing = ringing
        self._start(TIMER_B_F_H_J, now)

    def cancel(self, reasons: Sequence[str], now: float) -> None:
        """Cancels the INVITE, at once after a provisional response, else as soon as one comes (§9.1).

        `reasons` are the header lines that say why (RFC 3326).
        """
        if self.state is InviteState.PROCEEDING:
            self.state = InviteState.CANCELLING
            self._failed = False
            self._timers.arm(self, now + TIMER_B_F_H_J)
            self._cancel = cancel_of(self.request, reasons)
            self._send_cancel(now)
        elif self.state is InviteState.CALLING:
            self._cancel_reasons = reasons

    def _send_cancel(self, now: float) -> None:
        branch = self.key.partition(" ")[0]
        if self._canceller:
            self._canceller.end()
        canceller = NonInviteClient(self._table, self._timers, branch, self._cancel, self.flow, _CancelUser(self))
        self._canceller = canceller
        canceller.start(now)

    def move(self, flow: Flow, now: float) -> None:
        """Goes on over another flow to the same user agent, which knows the INVITE by its branch (RFC 3261 §17.2.3)."""
        self.flow = flow
        if self.state is InviteState.PROCEEDING:
            self._send(self.request.encode(), now)
        elif self.state is InviteState.CANCELLING:
            self._send_cancel(now)

    def _let_go(self) -> None:
        super()._let_go()
        self._cancel, self._canceller = NO_REQUEST, None

    def receive(self, response: Response, now: float) -> None:
        """Passes on provisional responses, the first refusal, and every 2xx. Acknowledges refusals."""
        status = response.status
        if self.state is InviteState.COMPLETED:
            if status >= 300:
                self._send(ack_of(self.request, response), now)
        elif self.state is InviteState.ACCEPTED:
            if 200 <= status < 300:
                self.asker.on_response(response, now)
        elif status < 200:
            self._proceed(response, now)
        elif status < 300:
            self.state = InviteState.ACCEPTED
            self.request = NO_REQUEST
            self._timers.arm(self, now + TIMER_B_F_H_J)  # timer M
            self.asker.on_response(response, now)
        else:
            self._refused(response, now)

    def _proceed(self, response: Response, now: float) -> None:
        if self.state is InviteState.CALLING or (self.state is InviteState.PROCEEDING and response.status > 100):
            self.state = InviteState.PROCEEDING
            self._rings_until = now + self._ringing
            self._timers.arm(self, self._rings_until)  # timer C
        self.asker.on_response(response, now)
        if self._cancel_reasons is not None:
            reasons, self._cancel_reasons = self._cancel_reasons, None
            self.cancel(reasons, now)

    def _refused(self, response: Response, now: float) -> None:
        asker = self.asker
        self.state = InviteState.COMPLETED
        self._send(ack_of(self.request, response), now)
        if self.flow.reliable:
            self.end()
        else:
            self.asker = IGNORE_OUTCOME
            self._timers.arm(self, now + TIMER_B_F_H_J)  # timer D
        if self._rang_out:
            asker.on_failure(408, now)
        else:
            asker.on_response(response, now)

    def expire(self, now: float) -> None:
        """Timer A repeats the INVITE, B gives up, C cancels it, D and M forget."""
        if self.state >= InviteState.ACCEPTED:
            self.end()
        elif self._failed:
            self._failed = False
            if self.state is InviteState.CALLING or not self.asker.on_flow_lost(now):
                self._fail(503, now)
            elif self.state is InviteState.PROCEEDING:
                self._timers.arm(self, self._rings_until)
            else:
                self._timers.arm(self, now + TIMER_B_F_H_J)
        elif self.state is InviteState.PROCEEDING:
            self._rang_out = True
            self.cancel((_RANG_OUT,), now)
        elif self.state is InviteState.CANCELLING or now >= self._until:
            self._fail(408, now)
        else:
            self._interval *= 2
            self._repeat(now)
            self.asker.on_silence(now)


class _CancelUser(IgnoreOutcome):
    """The user of a CANCEL. Its silence tells that the device of the INVITE may have moved."""

    def __init__(self, invite: InviteClient) -> None:
        self._invite = invite

    def on_silence(self, now: float) -> None:
        """Tells the user of the INVITE."""
        self._invite.asker.on_silence(now)
