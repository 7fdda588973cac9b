"""Reads the target of a URI: host, port and transports (RFC 3263 §4, §4.1)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from sip_edge.message.uri import Uri
from sip_edge.resolver.address import numeric

_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9.\-]*[a-z0-9])?\.?")
_DEFAULT: Final = {"sip": "UDP", "sips": "TLS"}
_BY_PARAMETER: Final = {
    "sip": {"udp": "UDP", "tcp": "TCP", "tls": "TLS"},
    "sips": {"tcp": "TLS", "tls": "TLS"},  # sips is TLS all the way, whatever carries it (RFC 3261 §26.2.2)
}


class Target(NamedTuple):
    """The host to find, an address if `is_numeric`, and the transports by which it may be reached.

    `port` is 0 where the DNS decides it. `asks_naptr` tells whether the DNS may choose among the transports.
    """

    host: str
    is_numeric: bool
    port: int
    transports: tuple[str, ...]
    asks_naptr: bool


def target_of(uri: Uri, supported: Sequence[str]) -> Target | None:
    """Returns the target of a URI, None when it is malformed or asks for an unsupported transport.

    An maddr parameter stands for the host, as RFC 3263 §4 has it.
    """
    named = uri.parameter("maddr").lower() or uri.host
    wanted = uri.transport
    address = numeric(named)
    if not address and not _NAME.fullmatch(named):
        return None
    is_open = not (wanted or address or uri.port)
    transports = _transports(uri.scheme, wanted, supported if is_open else ())
    usable = tuple(transport for transport in transports if transport in supported)
    return Target(address or named, bool(address), uri.port, usable, is_open) if usable else None


def _transports(scheme: str, wanted: str, choice: Sequence[str]) -> Sequence[str]:
    """The parameter decides, then the scheme; a choice is left to sip: alone (RFC 3263 §4.1)."""
    if wanted:
        return (_BY_PARAMETER[scheme].get(wanted, ""),)
    if scheme == "sip" and choice:
        return choice
    return (_DEFAULT[scheme],)
