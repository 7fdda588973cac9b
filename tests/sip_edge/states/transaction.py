"""The parts that all four transactions under observation share: a clock, a flow, and messages."""

from __future__ import annotations

from sip_edge.message.message import Request, Response, parse
from sip_edge.transaction.layer import Transactions
from sip_edge.transaction.timers import Timers
from sip_edge.transaction.tokens import Tokens
from tests.sip_edge.rig import FakeFlow
from tests.sip_edge.states.exploration import STEP_S


class Bench:
    """Transactions over one flow, the clock that drives them, and their actions."""

    def __init__(self, transport: str) -> None:
        self.now = 1000.0
        self.flow = FakeFlow(transport=transport)
        self.heap = Timers(lambda: self.now)
        self.transactions = Transactions(self.heap, Tokens(), lambda: "")
        self.told: list[str] = []

    def wait(self, seconds: float) -> None:
        """Let time pass, with a tick at each step."""
        for _ in range(round(seconds / STEP_S)):
            self.now = round(self.now + STEP_S, 2)
            self.heap.advance(self.now)

    def take_actions(self) -> list[str]:
        """Messages that were sent and outcomes that were told since the last time."""
        sent = [f"sends {_named(message)}" for message in self.flow.take()]
        told, self.told = self.told, []
        return [*sent, *told]


def _named(message: Request | Response) -> str:
    return message.method if isinstance(message, Request) else str(message.status)


def request(method: str, *via: str) -> Request:
    """A request, with header lines on top."""
    lines = [
        f"{method} sip:bob@192.0.2.9 SIP/2.0",
        *via,
        "Max-Forwards: 70",
        "From: <sip:alice@192.0.2.7>;tag=a",
        "To: <sip:bob@192.0.2.9>",
        "Call-ID: c",
        f"CSeq: 1 {method}",
        "Content-Length: 0",
    ]
    message = parse("\r\n".join([*lines, "", ""]).encode())
    assert isinstance(message, Request)
    return message
