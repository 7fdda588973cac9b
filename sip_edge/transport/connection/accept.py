"""The values that all connections of one listener share."""

from __future__ import annotations

import ssl
from dataclasses import dataclass

from sip_edge.transport.connection.connection_flow import ConnectionFlow
from sip_edge.transport.limits.connection_limits import ConnectionLimits
from sip_edge.transport.limits.turns import Turns
from sip_edge.transport.receiver import Receiver
from sip_edge.transport.tracer import Tracer


@dataclass(frozen=True, slots=True)
class Accept:
    """The values that all connections of a listener have in common.

    `transport` is the Via's word, `local` the `host:port` at which peers reach this edge. With `behind_balancer`, a
    PROXY protocol v2 preamble tells the real source. With `tls`, a connection begins with a handshake. `flows` are
    those of all connections of the edge, which `limits` counts and `turns` serves. `receiver` gets their messages and
    their ends, `tracer` each message in and out.
    """

    transport: str
    local: str
    behind_balancer: bool
    tls: ssl.SSLContext | None
    flows: dict[str, ConnectionFlow]
    limits: ConnectionLimits
    turns: Turns
    receiver: Receiver
    tracer: Tracer | None = None
