"""A flow: one peer's way in and out, and the name by which it is found again (RFC 5626 §2)."""

from __future__ import annotations

from contextlib import suppress
from typing import Protocol


class FlowClosedError(Exception):
    """The flow can't carry anything any more."""


class Flow:
    """Where a message came from and where others can be sent.

    `host` and `port` are the peer's as seen from here; `transport` is the Via's word for it; `reliable` tells whether
    it retransmits by itself.
    """

    __slots__ = ("host", "port", "reliable", "transport")

    def __init__(self, transport: str, reliable: bool, host: str, port: int) -> None:
        self.transport = transport
        self.reliable = reliable
        self.host = host
        self.port = port

    @property
    def name(self) -> str:
        """A name that no other flow of this edge ever has."""
        raise NotImplementedError

    @property
    def source(self) -> str:
        """The peer as `host:port`."""
        return f"{self.host}:{self.port}"

    def send(self, data: bytes) -> None:
        """Send one message. Raises FlowClosedError when it certainly won't arrive."""
        raise NotImplementedError

    def send_if_open(self, data: bytes) -> None:
        """Send one message that nobody waits for."""
        with suppress(FlowClosedError):
            self.send(data)


class Flows(Protocol):
    """The flows of an edge, by name."""

    def find(self, name: str) -> Flow | None:
        """The flow of that name, None when it has ended."""
