"""Tracing, as the transport knows it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from sip_edge.transport.flow import Flow


class Tracer(Protocol):
    """Gets the messages that pass the sockets of an edge (`trace.traces.Traces`), while `wanted` is not empty."""

    @property
    def wanted(self) -> Collection[str]:
        """The addresses of record that are traced."""

    def received(self, data: bytes, flow: Flow) -> None:
        """A message or a keepalive has come over a flow of this edge."""

    def sent(self, data: bytes, flow: Flow) -> None:
        """A message or a keepalive has been sent over a flow of this edge."""
