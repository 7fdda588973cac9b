"""The network that a peer's address belongs to: the unit in which limits count sources."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

_SUBSCRIBER_BITS: Final = 64  # a site gets at least a /64 (RFC 6177 section 2), whose addresses are free


@lru_cache(4096)
def network_of(host: str) -> str:
    """Returns the source that limits count for a numeric host.

    That is an IPv4 address itself, also when it is mapped into IPv6 (RFC 4291 §2.5.5.2). Of any other IPv6 address it
    is the /64, like `2001:db8:0:1::/64`. A text that is no address is returned as it is.
    """
    if ":" not in host:
        return host
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ip_network((address.packed, _SUBSCRIBER_BITS), strict=False))
