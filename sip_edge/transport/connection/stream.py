"""SIP over TCP and TLS, which are alike behind the handshake (RFC 3261 §18)."""

from __future__ import annotations

from sip_edge.transport.connection.accept import Accept
from sip_edge.transport.connection.connection import Connection
from sip_edge.transport.connection.connection_flow import ConnectionFlow
from sip_edge.transport.connection.framing import PING, PONG, Framer, FramingError


class StreamConnection(Connection):
    """A connection whose messages are framed by Content-Length."""

    __slots__ = ("_framer",)

    def __init__(self, accept: Accept) -> None:
        super().__init__(accept)
        self._framer = Framer()

    @property
    def unfinished(self) -> int:
        """See Connection."""
        return self._framer.unfinished

    @property
    def has_begun(self) -> bool:
        """See Connection."""
        return self._framer.has_begun

    def probe(self) -> None:
        """See Connection. Phones ignore a line end before a message (RFC 3261 §7.5)."""
        self.write_if_open(PONG)

    def add(self, data: bytes) -> None:
        """See Connection."""
        self._framer.add(data)

    def take(self, flow: ConnectionFlow) -> bool:
        """See Connection. A keepalive is answered (RFC 5626 §3.5.1)."""
        try:
            piece = self._framer.take()
        except FramingError as error:
            self.refuse(error.head, error.status, flow)
            return True
        if piece is None:
            return False
        if piece and piece != PING:
            self.receive(piece, flow)
        elif self.keeps_alive() and piece:
            flow.send_if_open(PONG)
        return True
