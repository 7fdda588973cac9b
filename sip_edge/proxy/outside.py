"""Ways to hosts outside the fleet: next hops by DNS, tried one after the other (RFC 3263 §4.3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from sip_edge.message.uri import Uri
from sip_edge.resolver.hop import Hop
from sip_edge.transport.flow import Flow

_MOST_OVER_UDP: Final = 1300
Found = Callable[[Flow | None], None]


class Resolver(Protocol):
    """Finds next hops (`resolver.resolver.Resolver`)."""

    def locate(self, uri: Uri, then: Callable[[list[Hop]], None]) -> None:
        """Hops in the order to try them, later."""


class Connector(Protocol):
    """Makes flows (`transport.listeners.Listeners`)."""

    def connect(self, hop: Hop, domain: str, then: Found) -> None:
        """A flow to a hop, which over TLS proves to be `domain`; None when there is none to be had. Later."""


class Outside:
    """Finds ways."""

    def __init__(self, resolver: Resolver, connector: Connector) -> None:
        self._resolver = resolver
        self._connector = connector

    def way_to(self, uri: Uri, size: int) -> Way:
        """The way for a request of so many bytes. Nothing is looked up before it is gone."""
        return Way(self._resolver, self._connector, uri, size)


class Way:
    """The hosts of a URI, one after the other."""

    def __init__(self, resolver: Resolver, connector: Connector, uri: Uri, size: int) -> None:
        self._resolver = resolver
        self._connector = connector
        self._uri = uri
        self._size = size
        self._hops: list[Hop] | None = None

    def next_flow(self, then: Found) -> None:
        """A flow to the next host that can be reached; None when there are no more."""
        if self._hops is None:
            self._resolver.locate(self._uri, lambda hops: self._located(hops, then))
        elif not self._hops:
            then(None)
        else:
            hop = self._hops.pop(0)
            self._connector.connect(hop, self._uri.host, lambda flow: then(flow) if flow else self.next_flow(then))

    def _located(self, hops: list[Hop], then: Found) -> None:
        self._hops = _fit(hops, self._size)
        self.next_flow(then)


def _fit(hops: list[Hop], size: int) -> list[Hop]:
    """A request too large for a datagram goes over TCP first, and over UDP where nobody listens there (§18.1.1)."""
    if size <= _MOST_OVER_UDP:
        return hops
    return [way for hop in hops for way in ([hop._replace(transport="TCP"), hop] if hop.transport == "UDP" else [hop])]
