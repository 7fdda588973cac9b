"""Client transactions under observation (RFC 3261 §17.1, RFC 6026)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from sip_edge.message.message import Request, Response, parse
from sip_edge.message.reply import reply
from sip_edge.transaction.client import NonInviteClient
from sip_edge.transaction.invite_client import InviteClient, InviteState
from sip_edge.transaction.timers import NEVER, T1, T4, TIMER_B_F_H_J
from tests.sip_edge.states.exploration import END
from tests.sip_edge.states.transaction import Bench, request

RINGING_S: Final = 180.0
_CALLING: Final = {"timer A": T1, "timer B": TIMER_B_F_H_J}


class Client(Bench):
    """The parts of both kinds. The transaction's user notes the outcomes that it is told."""

    sent: Request

    def on_response(self, response: Response, now: float) -> None:
        """The transaction has passed on the response."""
        self.told.append("passes it")

    def on_failure(self, status: int, now: float) -> None:
        """The transaction has given up."""
        self.told.append(f"reports {status}")

    def on_silence(self, now: float) -> None:
        """No response has come yet."""
        self.told.append("reports silence")

    def on_flow_lost(self, now: float) -> bool:
        """Wait for nothing."""
        return False

    def answer(self, status: str) -> None:
        """Let the peer answer the request."""
        response = parse(reply(self.sent, status, "b"))
        assert isinstance(response, Response)
        self.transactions.receive(response, self.now)

    def close(self) -> None:
        """Let the flow end. The transaction tells it at the next tick."""
        self.transactions.lose(self.flow, self.now)
        self.heap.advance(self.now)

    @property
    def events(self) -> Mapping[str, Callable[[], None]]:
        """The events that the peer, the flow and the user cause."""
        answers = {"100": "100 Trying", "180": "180 Ringing", "200": "200 OK", "486": "486 Busy Here"}
        return {name: partial(self.answer, status) for name, status in answers.items()} | {"flow closed": self.close}


class NonInviteClientSubject(Client):
    """A client transaction of a request other than INVITE."""

    timers: Final = {
        "Trying": {"timer E": T1, "timer F": TIMER_B_F_H_J},
        "Proceeding": {"timer E": T1, "timer F": TIMER_B_F_H_J},
        "Completed": {"timer K": T4},
    }

    def __init__(self, transport: str) -> None:
        super().__init__(transport)
        self.sent = request("OPTIONS")
        self.transaction: NonInviteClient = self.transactions.ask(self.sent, self.flow, self, self.now)

    @property
    def state(self) -> str:
        """The state of RFC 3261 figure 6."""
        return END if self.transaction.deadline == NEVER else self.transaction.state.name.capitalize()


class InviteClientSubject(Client):
    """A client transaction of an INVITE.

    CancelPending is Calling after the user's CANCEL. Cancelling is Proceeding after it, and RungOut after timer C.
    """

    timers: Final = {
        "Calling": _CALLING,
        "CancelPending": _CALLING,
        "Proceeding": {"timer C": RINGING_S},
        "Cancelling": {"64*T1": TIMER_B_F_H_J},
        "RungOut": {"64*T1": TIMER_B_F_H_J},
        "Completed": {"timer D": TIMER_B_F_H_J},
        "Accepted": {"timer M": TIMER_B_F_H_J},
    }

    def __init__(self, transport: str) -> None:
        super().__init__(transport)
        self.sent = request("INVITE")
        self.transaction: InviteClient = self.transactions.invite(self.sent, self.flow, self, RINGING_S, self.now)

    @property
    def state(self) -> str:
        """The state of RFC 3261 figure 5 and RFC 6026, split where a CANCEL makes a difference."""
        transaction = self.transaction
        if transaction.deadline == NEVER:
            return END
        if transaction.state is InviteState.CALLING and transaction._cancel_reasons is not None:
            return "CancelPending"
        if transaction.state is InviteState.CANCELLING and transaction._rang_out:
            return "RungOut"
        return transaction.state.name.capitalize()

    @property
    def events(self) -> Mapping[str, Callable[[], None]]:
        """The events that the peer, the flow and the user cause."""
        return {**super().events, "cancelled": lambda: self.transaction.cancel((), self.now)}
