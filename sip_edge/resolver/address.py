"""Numeric addresses: telling them from names, and the order in which to try them."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address
from itertools import chain, zip_longest


def numeric(host: str) -> str:
    """The address that a host is, IPv6 with or without brackets; "" for a name.

    An IPv4 address in the guise of IPv6 (`::ffff:10.0.0.1`) comes back as what it is, so that it can't slip past a
    rule about IPv4.
    """
    try:
        address = ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return ""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)


def alternating(six: Sequence[str], four: Sequence[str]) -> list[str]:
    """IPv6 first (RFC 7984 §4.1, RFC 6724 §2.1), then in turns: one dead family costs one attempt (RFC 8305 §4)."""
    return [address for address in chain.from_iterable(zip_longest(six, four)) if address]
