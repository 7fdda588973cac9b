"""Asks devices for a sign of life (OPTIONS, RFC 3261 §11)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from directory.schema.model import Binding, Device, device_of
from sip_edge.fleet.fleet import Fleet
from sip_edge.message.message import Request, Response
from sip_edge.transaction.layer import Transactions
from sip_edge.transaction.tokens import Tokens

_PATIENCE_S: Final = 2.0


def options(uri: str, path: tuple[str, ...], asker_host: str, tokens: Tokens) -> Request:
    """Returns an OPTIONS that every device answers in some way. It visits a binding's path (RFC 3327 §5.3)."""
    lines = [
        *[f"Route: {hop}" for hop in path],
        "Max-Forwards: 70",
        f"From: <sip:{asker_host}>;tag={tokens.next()}",
        f"To: <{uri}>",
        f"Call-ID: {tokens.next()}",
        "CSeq: 1 OPTIONS",
        "Content-Length: 0",
    ]
    names = [line.partition(":")[0].lower() for line in lines]
    return Request(f"OPTIONS {uri} SIP/2.0", names, lines, b"", "OPTIONS", uri)


class Silence(NamedTuple):
    """The outcome of a ping.

    It has the devices that gave no answer, and when that was clear, in seconds since the epoch.
    """

    devices: frozenset[Device]
    now: float


class OptionsPing:
    """Asks devices over the flows of their bindings."""

    def __init__(self, transactions: Transactions, tokens: Tokens, fleet: Fleet, asker_host: str) -> None:
        self._transactions = transactions
        self._tokens = tokens
        self._fleet = fleet
        self._asker_host = asker_host

    def ask(self, bindings: tuple[Binding, ...], then: Callable[[Silence], None], now: float) -> None:
        """Asks the device of each binding. `then` is called when all have answered, or after two seconds."""
        question = _Question(bindings, then)
        for binding in bindings:
            flow = None if binding.asleep_since else self._fleet.find(binding.edge, binding.flow)
            if flow is None:
                question.settle(now)
            else:
                request = options(binding.contact, binding.path, self._asker_host, self._tokens)
                self._transactions.ask(request, flow, _PingUser(question, binding), now, _PATIENCE_S)


class _Question:
    """One question to several devices, settled when each binding has answered or failed."""

    def __init__(self, bindings: tuple[Binding, ...], then: Callable[[Silence], None]) -> None:
        self._silent = {device_of(b) for b in bindings}
        self._open = len(bindings)
        self._then = then

    def on_answer(self, binding: Binding, now: float) -> None:
        self._silent.discard(device_of(binding))
        self.settle(now)

    def settle(self, now: float) -> None:
        self._open -= 1
        if not self._open:
            self._then(Silence(frozenset(self._silent), now))


class _PingUser:
    """One OPTIONS of a question. Any final response is a sign of life."""

    def __init__(self, question: _Question, binding: Binding) -> None:
        self._question = question
        self._binding = binding

    def on_response(self, response: Response, now: float) -> None:
        if response.status < 200:
            return
        self._question.on_answer(self._binding, now)

    def on_failure(self, status: int, now: float) -> None:
        self._question.settle(now)

    def on_silence(self, now: float) -> None:
        pass

    def on_flow_lost(self, now: float) -> bool:
        return False
