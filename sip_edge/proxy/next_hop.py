"""Ways to hosts outside the fleet: next hops by DNS, tried one after the other (RFC 3263 §4.3)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, Protocol

from sip_edge.continuation import Continuation
from sip_edge.message.uri import Uri
from sip_edge.resolver.hop import Hop
from sip_edge.transport.flow import Flow

_MOST_OVER_UDP: Final = 1300
Found = Continuation[Flow | None]


class Resolver(Protocol):
    """Finds next hops (`resolver.resolver.Resolver`)."""

    def locate(self, uri: Uri, then: Callable[[list[Hop]], None]) -> None:
        """Hops in the order to try them, later."""


class Connector(Protocol):
    """Makes flows (`transport.listeners.Listeners`)."""

    def connect(self, hop: Hop, domain: str, then: Callable[[Flow | None], None]) -> None:
        """A flow to a hop, which over TLS proves to be `domain`; None when there is none to be had. Later."""


class NextHop(Protocol):
    """Flows to one place, to be tried one after the other."""

    def next_flow(self, then: Found) -> None:
        """What to try next; None when there is nothing more."""


class ResolvedHops:
    """Finds ways."""

    def __init__(self, resolver: Resolver, connector: Connector) -> None:
        self._resolver = resolver
        self._connector = connector

    def way(self, flow: Flow | None, uri: Uri | None, size: int) -> ResolvedNextHop:
        """The way for a request of so many bytes: the flow as far as there is one, then the hosts of the URI."""
        return ResolvedNextHop(self._resolver, self._connector, flow, uri, size)


class ResolvedNextHop:
    """A flow and hosts to try one after the other. A host is not looked for before the flow has failed."""

    def __init__(self, resolver: Resolver, connector: Connector, flow: Flow | None, uri: Uri | None, size: int) -> None:
        self._resolver = resolver
        self._connector = connector
        self._flow = flow
        self._uri = uri
        self._size = size
        self._hops: list[Hop] = []
        self._domain = ""

    def next_flow(self, then: Found) -> None:
        """What to try next; None when there is nothing more."""
        if self._flow:
            flow, self._flow = self._flow, None
            then(flow)
        elif self._uri:
            uri, self._uri = self._uri, None
            self._domain = uri.host
            self._resolver.locate(uri, then.preceded_by(partial(self._on_located, then)))
        elif self._hops:
            hop = self._hops.pop(0)
            self._connector.connect(hop, self._domain, then.preceded_by(partial(self._on_connected, then)))
        else:
            then(None)

    def _on_located(self, then: Found, hops: list[Hop]) -> None:
        self._hops = _fit(hops, self._size)
        self.next_flow(then)

    def _on_connected(self, then: Found, flow: Flow | None) -> None:
        if flow:
            then(flow)
        else:
            self.next_flow(then)


def _fit(hops: list[Hop], size: int) -> list[Hop]:
    """A request too large for a datagram goes over TCP first, and over UDP where nobody listens there (§18.1.1)."""
    if size <= _MOST_OVER_UDP:
        return hops
    return [way for hop in hops for way in ([hop._replace(transport="TCP"), hop] if hop.transport == "UDP" else [hop])]
