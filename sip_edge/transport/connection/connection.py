"""The messages of a connection, as TCP, TLS and WebSocket share it.

Phones make the connections. A message to a phone goes over the connection that the phone has made (RFC 5923).
"""

from __future__ import annotations

import asyncio
from typing import Final

from sip_edge.transport.connection.accept import Accept
from sip_edge.transport.connection.connection_flow import ConnectionFlow
from sip_edge.transport.connection.counted_connection import CountedConnection

_FIRST_MESSAGE_S: Final = 30
_MESSAGE_S: Final = 20  # from a message's first byte to its last; a request is given up after 32 s (RFC 3261 §17)
_IDLE_S: Final = 300
# Without an agreement, a silent phone is probed so seldom that its battery lasts. AWS's network load balancer forgets a
# connection after 350 s, and NATs after two hours (RFC 5382 REQ-5).
_SILENCE_S: Final = 300
_CLOCK_S: Final = 0.01  # timers of the loop may be early by its resolution
_LATE_S: Final = 5  # a keepalive may take so long, with its repetitions by TCP
_ANSWER_S: Final = 20  # an overdue peer is given up 25 s after its keepalive was due
# Phones send a keepalive every few seconds at the most. A large message has a few hundred frames.
_KEEPALIVES: Final = 256
_KEEPALIVES_PER_S: Final = 16


class Connection(CountedConnection):
    """The messages of a connection. Subclasses know their framing.

    Every message has a deadline, and a connection without messages ends, unless a phone is registered over it.
    """

    __slots__ = (
        "_heard_at",
        "_is_active",
        "_keepalive_s",
        "_keepalives",
        "_keepalives_at",
        "_message_deadline",
        "_probed",
        "flow",
        "tracer",
    )

    def __init__(self, accept: Accept) -> None:
        super().__init__(accept)
        self.tracer = accept.tracer
        self.flow: ConnectionFlow | None = None
        self._is_active = False
        self._heard_at = 0.0  # when the last bytes came, in the loop's time
        self._probed = 0.0  # `_heard_at` at the last probe
        self._keepalive_s = 0.0  # the agreed interval, 0 without an agreement
        self._message_deadline: asyncio.TimerHandle | None = None
        self._keepalives = float(_KEEPALIVES)  # the burst that a connection may send before it counts as flooding
        self._keepalives_at = 0.0

    def buffer_updated(self, nbytes: int) -> None:
        """See CountedConnection."""
        self._heard_at = asyncio.get_running_loop().time()
        super().buffer_updated(nbytes)

    @property
    def has_begun(self) -> bool:
        """Whether a message has begun that is not whole."""
        raise NotImplementedError

    def take(self, flow: ConnectionFlow) -> bool:
        """Handles the next message, keepalive or frame. Returns False when there is no whole one."""
        raise NotImplementedError

    def probe(self) -> None:
        """Sends something that is no message: a peer that has vanished acknowledges it neither by TCP nor by itself."""
        raise NotImplementedError

    def begin_messages(self) -> None:
        """See CountedConnection."""
        accept = self._accept
        self.flow = ConnectionFlow(self, accept.transport, self._host, self._port, accept.local)
        accept.flows[self.flow.name] = self.flow
        self._await(_FIRST_MESSAGE_S, self._check_idle)

    def serve(self, most: int) -> int:
        """See CountedConnection. Decrypting counts as one step, for it costs as much as a message."""
        taken = int(self._tls is not None and self._is_open and self._decrypt(self._tls))
        while taken < most and self.flow and self._is_open and self.take(self.flow):
            taken += 1
        if self._is_open:
            self._account()
            if taken < most:
                self._watch_message()
                if self._tls and self._tls.has_ended:
                    self.close()
        return taken

    def receive(self, message: bytes, flow: ConnectionFlow) -> None:
        """Hands on a whole message."""
        self._is_active = True
        self._keepalives = min(self._keepalives + 1, _KEEPALIVES)
        self._forget_message_deadline()
        if self.tracer and self.tracer.wanted:
            self.tracer.received(message, flow)
        self._accept.receiver.receive(message, flow)

    def refuse(self, head: bytes, status: str, flow: ConnectionFlow) -> None:
        """Answers a message without a known end, and ends the connection."""
        if self.tracer and self.tracer.wanted:
            self.tracer.received(head, flow)
        self._accept.receiver.refuse(head, status, flow)
        self.finish()

    def keeps_alive(self) -> bool:
        """Counts a keepalive or a partial frame. Ends the connection, and returns False, when there are too many."""
        now = asyncio.get_running_loop().time()
        back = (now - self._keepalives_at) * _KEEPALIVES_PER_S
        self._keepalives = min(self._keepalives + back, _KEEPALIVES) - 1
        self._keepalives_at = now
        if self._keepalives < 0:
            self._accept.limits.shed("shed_flooding_connections")
            self.abort()
            return False
        return True

    def expect_keepalives(self, interval_s: float) -> None:
        """See Flow."""
        if self._is_open:
            self._keepalive_s = interval_s
            self._await(interval_s + _LATE_S, self._check_idle)

    def send(self, data: bytes) -> None:
        """Sends one message. Raises FlowClosedError."""
        self.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """See CountedConnection."""
        super().connection_lost(exc)
        self._forget_message_deadline()
        if self.flow:
            flow, self.flow = self.flow, None
            del self._accept.flows[flow.name]
            flow.detach()
            self._accept.receiver.lose(flow)

    def _watch_message(self) -> None:
        """Sets a deadline for the end of a message, or record of TLS, that has begun."""
        if not self.has_begun and not (self._tls and self._tls.unfinished):
            self._forget_message_deadline()
        elif self.flow and not self._message_deadline:
            self._message_deadline = asyncio.get_running_loop().call_later(_MESSAGE_S, self.abort)

    def _forget_message_deadline(self) -> None:
        if self._message_deadline:
            self._message_deadline.cancel()
            self._message_deadline = None

    def _check_idle(self) -> None:
        """Ends a connection without messages. While a phone is registered over it, keepalives are enough."""
        if self.flow and self.flow.kept:
            self._check_keepalives()
        elif self._is_active:
            self._is_active = False
            self._await(_IDLE_S, self._check_idle)
        else:
            self.abort()

    def _check_keepalives(self) -> None:
        """Probes a phone that is silent. Ends its connection when it breaks its agreement on keepalives.

        Without an agreement, a phone has vanished when TCP gives up the probe (TCP_USER_TIMEOUT).
        """
        longest = self._keepalive_s + _LATE_S if self._keepalive_s else _SILENCE_S
        remaining = self._heard_at + longest - asyncio.get_running_loop().time()
        if remaining > _CLOCK_S:
            self._await(remaining, self._check_idle)
        elif self._keepalive_s and self._probed == self._heard_at:
            self.abort()
        else:
            self._probed = self._heard_at
            self.probe()
            self._await(_ANSWER_S if self._keepalive_s else longest, self._check_idle)
