"""The common ground of the connections of one listener."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass

from sip_edge.trace.traces import Traces
from sip_edge.transport.connection_flow import ConnectionFlow
from sip_edge.transport.connection_limits import ConnectionLimits
from sip_edge.transport.flow import Flow
from sip_edge.transport.turns import Turns


@dataclass(frozen=True, slots=True)
class Accept:
    """The values that all connections of a listener have in common.

    `transport` is the Via's word, `local` the `host:port` at which peers reach us. `behind_balancer` says that a
    PROXY protocol v2 preamble tells the real source, `tls` that the connection begins with a handshake. `flows` are
    those of all connections of the edge, which `limits` counts and `turns` serves. `receive` gets each message,
    `refuse` the head of each that has no known end, and the status to answer it with. `lost` is told the flow of each
    connection that has ended, `traces` are told what is sent.
    """

    transport: str
    local: str
    behind_balancer: bool
    tls: ssl.SSLContext | None
    flows: dict[str, ConnectionFlow]
    limits: ConnectionLimits
    turns: Turns
    receive: Callable[[bytes, Flow], None]
    refuse: Callable[[bytes, str, Flow], None]
    lost: Callable[[Flow], None]
    traces: Traces | None = None
