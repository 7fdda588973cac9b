"""The anchoring policy: whether the two ends of a call could hear each other without a relay."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

from sip_edge.message import uri as uris
from sip_edge.message.errors import MalformedError
from sip_edge.message.message import Request
from sip_edge.transport.flow import Flow

_CONNECTION: Final = re.compile(rb"^c=IN IP[46] ([0-9A-Fa-f.:]+)", re.MULTILINE)
# Loopback and "unknown" among them. Python's own `is_private` also has networks that no host uses.
_PRIVATE: Final[list[IPv4Network | IPv6Network]] = [
    *map(IPv4Network, ("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16")),
    *map(IPv4Network, ("172.16.0.0/12", "192.168.0.0/16")),
    *map(IPv6Network, ("::/127", "fc00::/7", "fe80::/10")),
]


def caller_is_behind_nat(invite: Request, flow: Flow) -> bool:
    """Whether a caller wants its media at a private address that isn't the source of its requests."""
    here = _address(flow.host)
    return any(wanted != here and _is_private(wanted) for wanted in _wanted(invite))


def device_may_be_behind_nat(contact: str, flow: Flow) -> bool:
    """Whether a device's Contact isn't the source of its requests, or proves nothing.

    At a public IPv4 address it proves nothing: many devices write the address that the registrar saw into their
    Contact. In a private network, or over IPv6, a device is at the address in its Contact.
    """
    here = _address(flow.host)
    if here is None or (here.version == 4 and not _is_private(here)):
        return True
    try:
        said = _address(uris.parse(contact).host)
    except MalformedError:
        return False
    return said is not None and said != here


def families_differ(invite: Request, caller: Flow, device: Flow) -> bool:
    """Whether a caller wants IPv4 and the device is reached over IPv6, or the other way round.

    The family of the caller's flow stands for an offer without a numeric address, and for one that comes late.
    """
    here, there = _address(caller.host), _address(device.host)
    wanted = {found.version for found in _wanted(invite) or ([here] if here else [])}
    return there is not None and bool(wanted) and there.version not in wanted


def family(flow: Flow) -> str:
    """The family of the address that a flow goes to, as rtpengine spells it."""
    return "IP6" if ":" in flow.host else "IP4"


def _wanted(invite: Request) -> list[IPv4Address | IPv6Address]:
    """The numeric addresses at which the author of the offer wants its media (RFC 8866 §5.7)."""
    found = [_address(match.decode()) for match in _CONNECTION.findall(invite.body)]
    return [address for address in found if address]


@lru_cache(4096)
def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text.strip("[]"))
    except ValueError:
        return None


@lru_cache(4096)
def _is_private(address: IPv4Address | IPv6Address) -> bool:
    return any(address.version == network.version and address in network for network in _PRIVATE)
