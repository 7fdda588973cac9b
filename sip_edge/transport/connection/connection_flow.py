"""A connection as a flow."""

from __future__ import annotations

import secrets
from typing import Protocol

from sip_edge.transport.flow import Flow, FlowClosedError
from sip_edge.transport.tracer import Tracer


class Carrier(Protocol):
    """A connection as its flow knows it."""

    tracer: Tracer | None

    def send(self, data: bytes) -> None:
        """Sends one message. Raises FlowClosedError."""

    def expect_keepalives(self, interval_s: float) -> None:
        """See Flow."""

    def close(self) -> None:
        """Ends the connection when everything is sent."""


class ConnectionFlow(Flow):
    """One connection as a flow."""

    __slots__ = ("_connection", "_name")

    def __init__(self, connection: Carrier, transport: str, host: str, port: int, local: str) -> None:
        super().__init__(transport, True, host, port, local)
        self._connection: Carrier | None = connection
        self._name = f"{transport}/{self.source}/{secrets.token_hex(4)}"

    @property
    def name(self) -> str:
        """`transport/host:port/` and random digits, since the next connection from that address is another flow."""
        return self._name

    def expect_keepalives(self, interval_s: float) -> None:
        """See Flow."""
        if self._connection:
            self._connection.expect_keepalives(interval_s)

    def send(self, data: bytes) -> None:
        """Sends one message. Raises FlowClosedError when the connection has ended or its peer takes nothing."""
        if self._connection is None:
            raise FlowClosedError
        self._connection.send(data)
        tracer = self._connection.tracer
        if tracer and tracer.wanted:
            tracer.sent(data, self)

    def close(self) -> None:
        """Ends the connection when everything is sent."""
        if self._connection:
            self._connection.close()

    def detach(self) -> None:
        """Drops a connection that has ended, so that it is freed while transactions still refer to the flow."""
        self._connection = None
