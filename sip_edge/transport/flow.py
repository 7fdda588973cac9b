"""A flow: one peer's way in and out, and the name by which it is found again (RFC 5626 §2)."""

from __future__ import annotations

from contextlib import suppress
from typing import Protocol

from mypy_extensions import mypyc_attr


class FlowClosedError(Exception):
    """The flow can't carry anything any more."""


@mypyc_attr(allow_interpreted_subclasses=True)
class Flow:
    """Where a message came from and where others can be sent.

    `host` and `port` are the peer's as seen from here. `transport` is the Via's word for it, and `reliable` tells
    whether it retransmits by itself. `local` is the `host:port` at which the peer reaches this edge, as in Via and
    Record-Route. `kept` is set while a phone is registered over the flow, which may be idle then. `edge` names the edge
    of the fleet that holds the flow, "" for this one. `validated` tells whether the peer is at its address (RFC 9000
    §8). Over a connection it is, over UDP after a nonce that was sent there.
    """

    __slots__ = ("edge", "host", "kept", "local", "port", "reliable", "transport", "validated")

    def __init__(self, transport: str, reliable: bool, host: str, port: int, local: str) -> None:
        self.transport = transport
        self.reliable = reliable
        self.validated = reliable
        self.host = host
        self.port = port
        self.local = local
        self.kept = False
        self.edge = ""

    @property
    def name(self) -> str:
        """A name that no other flow of this edge ever has."""
        raise NotImplementedError

    @property
    def source(self) -> str:
        """The peer as `host:port`, an IPv6 address in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def validate_address(self) -> None:
        """Notes that the peer has shown to be at its address. A datagram may name a source that is not its own."""
        self.validated = True

    def extend_amplification_limit(self, repetition: Flow) -> None:
        """The same request has come again, over a flow that is equal to this one."""

    def answered_at(self, port: int) -> Flow:
        """Returns the flow for answers to another port of the peer's host.

        It is this flow where only the way back is open.
        """
        return self

    def expect_keepalives(self, interval_s: float) -> None:
        """Notes that the peer has agreed to send something at least every so many seconds (RFC 5626 §4.4.1).

        A connection whose peer falls silent for longer than that ends.
        """

    def send(self, data: bytes) -> None:
        """Sends one message. Raises FlowClosedError when it certainly won't arrive."""
        raise NotImplementedError

    def send_if_open(self, data: bytes) -> None:
        """Sends one message, unless the flow has closed."""
        with suppress(FlowClosedError):
            self.send(data)


class Flows(Protocol):
    """The flows of one edge, by name."""

    def find(self, name: str) -> Flow | None:
        """The flow of that name, None when it has ended."""
