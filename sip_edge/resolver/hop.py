"""What a look-up finds."""

from __future__ import annotations

from typing import NamedTuple


class Hop(NamedTuple):
    """One place to send to: `transport` is the Via's word for it, `host` a numeric address without brackets.

    Over TLS the peer's certificate has to name the domain of the URI, not what the DNS led to (RFC 5922 §7.2).
    """

    transport: str
    host: str
    port: int
