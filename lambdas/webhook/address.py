"""The address behind a webhook's name: looked up for each delivery, and never one inside our own network."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import Future
from ipaddress import IPv4Address, IPv6Network, ip_address
from typing import Final

from lambdas.webhook.deadline import Deadline

_UNICAST: Final = IPv6Network("2000::/3")
_SIX_TO_FOUR: Final = IPv6Network("2002::/16")


class PrivateAddressError(Exception):
    """The name leads to an address that is not public."""


def address_of(host: str, port: int, private: bool, deadline: Deadline) -> str:
    """The first address of a host. `private` lets it be any.

    Raises PrivateAddressError if any address is not public, since the next look-up may bring that one first. Raises
    OSError when there is none or the deadline passes, and ValueError when the name is none.
    """
    addresses = _addresses(host, port, deadline)
    if not private and not all(map(is_public, addresses)):
        raise PrivateAddressError
    return addresses[0]


def _addresses(host: str, port: int, deadline: Deadline) -> list[str]:
    """All addresses of a host. A look-up takes no timeout, so its thread may outlive the deadline by some seconds."""
    found: Future[list[str]] = Future()

    def look_up() -> None:
        try:
            found.set_result([str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)])
        except Exception as error:  # it is raised where the addresses are wanted
            found.set_exception(error)

    threading.Thread(target=look_up, daemon=True).start()
    return found.result(deadline.left_s())


def is_public(address: str) -> bool:
    """Whether a numeric address is a single host's out there, and no tunnel to another."""
    ip = ip_address(address.partition("%")[0])
    if not ip.is_global or ip.is_multicast:
        return False
    return isinstance(ip, IPv4Address) or (ip in _UNICAST and ip not in _SIX_TO_FOUR)
