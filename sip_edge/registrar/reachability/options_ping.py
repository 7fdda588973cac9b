"""The liveness question: does a device still answer? (OPTIONS, RFC 3261 §11)"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

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


class OptionsPing:
    """Asks devices over the flows of their bindings."""

    def __init__(self, transactions: Transactions, tokens: Tokens, fleet: Fleet, asker_host: str) -> None:
        self._transactions = transactions
        self._tokens = tokens
        self._fleet = fleet
        self._asker_host = asker_host

    def ask(self, bindings: tuple[Binding, ...], then: Callable[[frozenset[Device]], None], now: float) -> None:
        """Ask each; `then` gets the devices that gave no answer at all within two seconds."""
        question = _Question(bindings, then)
        for binding in bindings:
            flow = self._fleet.find(binding.edge, binding.flow)
            if flow is None:
                question.settle()
            else:
                request = options(binding.contact, binding.path, self._asker_host, self._tokens)
                self._transactions.ask(request, flow, _Asker(question, binding), now, _PATIENCE_S)


class _Question:
    """One question to several devices, settled when each binding has answered or failed."""

    def __init__(self, bindings: tuple[Binding, ...], then: Callable[[frozenset[Device]], None]) -> None:
        self._silent = {device_of(b) for b in bindings}
        self._open = len(bindings)
        self._then = then

    def answered(self, binding: Binding) -> None:
        self._silent.discard(device_of(binding))
        self.settle()

    def settle(self) -> None:
        self._open -= 1
        if not self._open:
            self._then(frozenset(self._silent))


class _Asker:
    """One OPTIONS of a question. Any final response at all is a sign of life."""

    def __init__(self, question: _Question, binding: Binding) -> None:
        self._question = question
        self._binding = binding

    def on_response(self, response: Response, now: float) -> None:
        if response.status < 200:
            return
        self._question.answered(self._binding)

    def on_failure(self, status: int, now: float) -> None:
        self._question.settle()
