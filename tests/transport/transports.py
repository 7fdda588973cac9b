"""The transports by name, each with how to connect to an edge that has it."""

from __future__ import annotations

import ssl
from collections.abc import Callable

from tests.transport.peers import Peer, StreamPeer, UdpPeer, WebSocketPeer

Connect = Callable[..., Peer]
"""Takes the edge, the host to reach it at, a TLS context, and perhaps a `source` address of ours."""

TRANSPORTS: dict[str, Connect] = {
    "UDP": lambda edge, host, _, source="": UdpPeer((host, edge.port()), source or host),
    "TCP": lambda edge, host, _, source="": StreamPeer((host, edge.port()), host=source),
    "WS": lambda edge, host, _, source="": WebSocketPeer((host, edge.port("WS_PORT")), host=source),
    "TLS": lambda edge, host, context, source="": StreamPeer((host, edge.port("TLS_PORT")), context, host=source),
    "WSS": lambda edge, host, context, source="": WebSocketPeer((host, edge.port("WSS_PORT")), context, host=source),
}


def trusting() -> ssl.SSLContext:
    """A client that asks for no proof."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
