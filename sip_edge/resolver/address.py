"""Recognises numeric addresses, and orders them for attempts."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address
from itertools import chain, zip_longest


def numeric(host: str) -> str:
    """Returns the address that a host is, IPv6 with or without brackets; "" for a name.

    An IPv4 address within IPv6 (`::ffff:10.0.0.1`) is returned as IPv4, so that rules for IPv4 hold for it.
    """
    try:
        address = ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return ""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)


def alternating(six: Sequence[str], four: Sequence[str]) -> list[str]:
    """Returns addresses in turns, IPv6 first (RFC 7984 §4.1, RFC 6724 §2.1).

    So a family without a route costs one attempt (RFC 8305 §4).
    """
    return [address for address in chain.from_iterable(zip_longest(six, four)) if address]
