"""SIP over TCP, and over TLS, which is the same behind its handshake (RFC 3261 §18)."""

from __future__ import annotations

from sip_edge.transport.connection import Accept, Connection, ConnectionFlow
from sip_edge.transport.framing import PING, PONG, Framer, FramingError


class StreamConnection(Connection):
    """A connection whose messages are told apart by Content-Length."""

    def __init__(self, accept: Accept) -> None:
        super().__init__(accept)
        self._framer = Framer()

    def feed(self, data: bytes, flow: ConnectionFlow) -> None:
        """Cut messages out of the stream, and answer keepalives (RFC 5626 §3.5.1)."""
        try:
            for message in self._framer.feed(data):
                if message == PING:
                    flow.send_if_open(PONG)
                else:
                    self.take(message, flow)
        except FramingError:
            self.close()
