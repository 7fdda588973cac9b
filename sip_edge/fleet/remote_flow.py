"""A flow that another edge holds."""

from __future__ import annotations

from collections.abc import Callable

from sip_edge.transport.flow import Flow


class RemoteFlow(Flow):
    """A phone that is reached through the edge that holds its flow, `edge` by the latest knowledge.

    A connection that fails is reported later, like one that has ended (`Edge.lose`).
    """

    __slots__ = ("__weakref__", "_carry", "_name")

    def __init__(self, edge: str, name: str, local: str, carry: Callable[[RemoteFlow, bytes], None]) -> None:
        transport, host, port = place_of(name)
        super().__init__(transport, transport != "UDP", host, port, local)
        self.edge = edge
        self._name = name
        self._carry = carry

    @property
    def name(self) -> str:
        """The name by which the other edge knows it."""
        return self._name

    def send(self, data: bytes) -> None:
        """Lets the other edge send. Raises FlowClosedError when it is known to be gone, and its connections with it."""
        self._carry(self, data)


def place_of(name: str) -> tuple[str, str, int]:
    """Returns the transport, host (IPv6 without brackets) and port in the name of a flow."""
    transport, source = name.split("/")[:2]
    host, _, port = source.rpartition(":")
    return transport, host.strip("[]"), int(port)
