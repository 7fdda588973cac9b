"""Next hops within a dialog.

The first one is the flow of its token. The registration or the DNS of its end leads to the others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final, Protocol

from sip_edge.location.domains import Domains
from sip_edge.message.uri import Uri
from sip_edge.proxy.targets.registered_hop import RegisteredHops
from sip_edge.proxy.targets.target import Holder, NextHop, OnFlowFound, Target
from sip_edge.resolver.hop import Hop
from sip_edge.transport.flow import Flow

_MOST_OVER_UDP: Final = 1300


class Resolver(Protocol):
    """Finds next hops (`resolver.resolver.Resolver`)."""

    def locate(self, uri: Uri, then: Callable[[list[Hop]], None]) -> None:
        """Hops in the order to try them, later."""


class Connector(Protocol):
    """Makes flows (`process.listeners.Listeners`)."""

    def connect(self, hop: Hop, domain: str, then: Callable[[Flow | None], None]) -> None:
        """A flow to a hop, which over TLS proves to be `domain`; None when there is none to be had. Later."""


class ResolvedHops:
    """Finds next hops outside the fleet by DNS (RFC 3263 §4.3)."""

    def __init__(self, resolver: Resolver, connector: Connector) -> None:
        self._resolver = resolver
        self._connector = connector

    def next_hop(self, flow: Flow | None, uri: Uri | None, size_bytes: int) -> NextHop:
        """The next hop of a request of that size. It is the flow as far as there is one, then the hosts of the URI."""
        return _ResolvedHop(self._resolver, self._connector, flow, uri, size_bytes)


class NextHops:
    """Finds the next hops of requests within a dialog."""

    def __init__(self, resolved: ResolvedHops, registered: RegisteredHops, domains: Domains) -> None:
        self._resolved = resolved
        self._registered = registered
        self._domains = domains

    def next_hop(self, flow: Flow | None, uri: Uri | None, size_bytes: int) -> NextHop:
        """The next hop to an end of a dialog.

        It goes over the flow of the end, as far as there is one, then over one that `uri` finds. An address of ours
        leads to its registration, any other URI to its hosts. `size_bytes` is about that of the request.
        """
        if uri and self._domains.is_ours(uri.host):
            return self._registered.next_hop(flow, uri)
        return self._resolved.next_hop(flow, uri, size_bytes)


class _ResolvedHop:
    """A flow, then hosts. A host is not looked for before the flow has failed."""

    def __init__(
        self, resolver: Resolver, connector: Connector, flow: Flow | None, uri: Uri | None, size_bytes: int
    ) -> None:
        self._resolver = resolver
        self._connector = connector
        self._flow = flow
        self._uri = uri
        self._size_bytes = size_bytes
        self._hops: list[Hop] = []
        self._domain = ""

    def next_flow(self, holder: Holder | None, on_flow_found: OnFlowFound) -> None:
        """See NextHop."""
        if self._flow:
            flow, self._flow = self._flow, None
            on_flow_found(flow)
        elif self._uri:
            uri, self._uri = self._uri, None
            self._domain = uri.host
            self._resolver.locate(uri, on_flow_found.preceded_by(partial(self._on_resolved, holder, on_flow_found)))
        elif self._hops:
            hop = self._hops.pop(0)
            on_connected = on_flow_found.preceded_by(partial(self._on_connected, holder, on_flow_found))
            self._connector.connect(hop, self._domain, on_connected)
        else:
            on_flow_found(None)

    def other_flow(self, holder: Holder | None, on_flow_found: OnFlowFound) -> None:
        """See NextHop: a host that is silent may be slow."""
        on_flow_found(None)

    def target_at(self, flow: Flow, target: Target) -> Target:
        """See NextHop."""
        return replace(target, flow=flow)

    def _on_resolved(self, holder: Holder | None, on_flow_found: OnFlowFound, hops: list[Hop]) -> None:
        self._hops = _fit(hops, self._size_bytes)
        self.next_flow(holder, on_flow_found)

    def _on_connected(self, holder: Holder | None, on_flow_found: OnFlowFound, flow: Flow | None) -> None:
        if flow:
            on_flow_found(flow)
        else:
            self.next_flow(holder, on_flow_found)


def _fit(hops: list[Hop], size_bytes: int) -> list[Hop]:
    """A request too large for a datagram goes over TCP first, and over UDP where no host listens there (§18.1.1)."""
    if size_bytes <= _MOST_OVER_UDP:
        return hops
    return [way for hop in hops for way in ([hop._replace(transport="TCP"), hop] if hop.transport == "UDP" else [hop])]
