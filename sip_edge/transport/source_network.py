"""The network that a peer's address belongs to: the unit in which limits count sources."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

_SUBSCRIBER_BITS: Final = 64  # a site gets a /64 at the least (RFC 6177 section 2), and any address in it for nothing


@lru_cache(4096)
def network_of(host: str) -> str:
    """Returns the source that limits count for a numeric host.

    That is an IPv4 address itself, also when it is mapped into IPv6 (RFC 4291 section 2.5.5.2), and the /64 of any
    other IPv6 address, like `2001:db8:0:1::/64`. A text that is no address is returned as it is.
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
