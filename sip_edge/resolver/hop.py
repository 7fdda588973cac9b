"""The address, port and transport of a next hop (RFC 3261 §16.6 step 7)."""

from __future__ import annotations

from typing import NamedTuple


class Hop(NamedTuple):
    """A next hop. `transport` is the Via's word for it, `host` a numeric address without brackets.

    Over TLS the peer's certificate has to name the domain of the URI (RFC 5922 §7.2).
    """

    transport: str
    host: str
    port: int
