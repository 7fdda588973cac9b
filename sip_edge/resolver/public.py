"""Recognises public addresses: a stranger's DNS may send an edge to no others."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Network, ip_address
from typing import Final

_UNICAST: Final = IPv6Network("2000::/3")  # all that is assigned; without it are NAT64 and IPv4-compatible addresses
_SIX_TO_FOUR: Final = IPv6Network("2002::/16")  # a tunnel to any IPv4 address, a private one too (RFC 7526)


def is_public(address: str) -> bool:
    """Whether a numeric address is public: not loopback, private, link-local, multicast or reserved.

    Raises ValueError for a name.
    """
    ip = ip_address(address)
    if not ip.is_global or ip.is_multicast:
        return False
    return isinstance(ip, IPv4Address) or (ip in _UNICAST and ip not in _SIX_TO_FOUR)
