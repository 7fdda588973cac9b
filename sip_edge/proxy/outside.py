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

    def way_to(self, uri: Uri, size: int, then: Callable[[Way], None]) -> None:
        """The way for a request of so many bytes."""

        def go_on(hops: list[Hop]) -> None:
            then(Way(self._connector, uri.host, _fit(hops, size)))

        self._resolver.locate(uri, go_on)


class Way:
    """What is left to try."""

    def __init__(self, connector: Connector, domain: str, hops: list[Hop]) -> None:
        self._connector = connector
        self._domain = domain
        self._hops = hops

    def next_flow(self, then: Found) -> None:
        """The flow to the next hop that can be had; None when there are no more."""
        if not self._hops:
            then(None)
            return

        def go_on(flow: Flow | None) -> None:
            if flow is None:
                self.next_flow(then)
            else:
                then(flow)

        self._connector.connect(self._hops.pop(0), self._domain, go_on)


def _fit(hops: list[Hop], size: int) -> list[Hop]:
    """A request too large for a datagram goes over TCP first, and over UDP where nobody listens there (§18.1.1)."""
    if size <= _MOST_OVER_UDP:
        return hops
    return [way for hop in hops for way in ([hop._replace(transport="TCP"), hop] if hop.transport == "UDP" else [hop])]
