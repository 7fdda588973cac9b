"""One end of a call: its transactions over UDP (RFC 3261 §17), reduced to one at a time."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sipctl.user_agent.datagrams import Address, Datagrams
from sipctl.user_agent.message import Message, parse, written

T1_S: Final = 0.5
_T2_S: Final = 4.0
TIMEOUT_S: Final = 8.0

Headers = Sequence[tuple[str, str]]


@dataclass(slots=True)
class _Sent:
    """A request without a final response yet."""

    transaction: tuple[str, str]
    data: bytes
    repeat_at: float
    pause_s: float = T1_S
    final: Message | None = None


class Endpoint:
    """Sends requests to an edge and answers its requests. `answer` returns the first line and more for a request."""

    def __init__(
        self, datagrams: Datagrams, local: str, edge: Address, answer: Callable[[Message], tuple[str, Headers, str]]
    ) -> None:
        self._datagrams = datagrams
        self._edge = edge
        self._answer = answer
        self._answered: dict[tuple[str, str], bytes] = {}
        self._sent: _Sent | None = None
        self._socket = datagrams.open(local, self._take)
        host, port = self._socket.getsockname()
        self.address = f"{host}:{port}"
        datagrams.every_tick(self._repeat)

    def request(self, method: str, uri: str, headers: Headers, body: str = "") -> Message | None:
        """Sends a request and returns its final response, None when there is none in time."""
        data = self._new(method, uri, headers, body)
        message = parse(data)
        assert message is not None
        sent = self._sent = _Sent(message.transaction, data, time.monotonic() + T1_S)
        self._send(data)
        self._datagrams.serve_until(lambda: sent.final is not None, TIMEOUT_S)
        self._sent = None
        return sent.final

    def send(self, method: str, uri: str, headers: Headers) -> None:
        """Sends a request that has no response, as ACK."""
        self._send(self._new(method, uri, headers, ""))

    def _new(self, method: str, uri: str, headers: Headers, body: str) -> bytes:
        via = f"SIP/2.0/UDP {self.address};rport;branch=z9hG4bK{secrets.token_hex(8)}"
        return written(f"{method} {uri} SIP/2.0", [("Via", via), ("Max-Forwards", "70"), *headers], body)

    def _take(self, data: bytes, _: Address) -> None:
        message = parse(data)
        if message is None:
            return
        if not message.status:
            self._take_request(message)
        elif self._sent and message.transaction == self._sent.transaction:
            if message.status < 200:
                self._sent.repeat_at += TIMEOUT_S
            else:
                self._sent.final = message

    def _take_request(self, message: Message) -> None:
        """Answers a request, and a repetition of it with the same answer."""
        if message.method == "ACK":
            return
        if message.transaction not in self._answered:
            first, more, body = self._answer(message)
            copied = [
                (name, value)
                for name, value in message.headers
                if name in ("via", "record-route", "from", "to", "call-id", "cseq")
            ]
            tagged = [
                (name, f"{value};tag=agent" if name == "to" and not message.tag("to") else value)
                for name, value in copied
            ]
            self._answered[message.transaction] = written(f"SIP/2.0 {first}", [*tagged, *more], body)
        self._send(self._answered[message.transaction])

    def _repeat(self, now: float) -> None:
        sent = self._sent
        if sent and not sent.final and now >= sent.repeat_at:
            sent.pause_s = min(2 * sent.pause_s, _T2_S)
            sent.repeat_at = now + sent.pause_s
            self._send(sent.data)

    def _send(self, data: bytes) -> None:
        self._socket.sendto(data, self._edge)
