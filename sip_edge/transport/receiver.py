"""The receiver of everything that comes over flows, as the transport knows it."""

from __future__ import annotations

from typing import Protocol

from sip_edge.transport.flow import Flow


class Receiver(Protocol):
    """Takes messages from all flows of an edge (`process.server.Server`)."""

    def receive(self, data: bytes, flow: Flow) -> None:
        """A whole message has come over a flow."""

    def refuse(self, head: bytes, status: str, flow: Flow) -> None:
        """A message without a known end has come; `status` is the answer to it when it is a request."""

    def lose(self, flow: Flow) -> None:
        """The connection behind a flow has ended."""
