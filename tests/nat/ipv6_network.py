"""A network of IPv6 alone, whose router is a NAT64 (RFC 6146) as well.

    nat64: 198.51.100.64, 2001:db8:1::64  <-> 2001:db8:64::1     phone6: 2001:db8:64::2, without any IPv4

tayga translates statelessly, and masquerade makes one IPv4 address of all. The prefix is the network's own (RFC 6052
§2.2). The well-known one never leads to addresses that are not global.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Final

from tests.nat.network import Namespace, Network, connect

DUAL_STACK_EDGE: Final = ("198.51.100.3", "2001:db8:1::3")
NAT64: Final = "198.51.100.64"
PHONE6: Final = "2001:db8:64::2"
_PREFIX: Final = IPv6Address("2001:db8:64:ff9b::")
_POOL: Final = "192.0.2.0/24"
_MASQUERADE: Final = (
    "add table ip nat; add chain ip nat out { type nat hook postrouting priority 100; }; "
    'add rule ip nat out oifname "out" masquerade'
)


@contextmanager
def ipv6_network(network: Network, folder: Path) -> Iterator[Namespace]:
    """Adds the network, and a second address of each family to the public segment. Yields the host of the phone.

    The configuration and the log of tayga are files in the folder.
    """
    wan, router, phone = network.hosts["wan"], Namespace(f"sip{os.getpid()}nat64"), Namespace(f"sip{os.getpid()}phone6")
    try:
        _lead_through(router, wan)
        connect(router, "in", phone, "air")
        router.run("ip", "address", "add", "2001:db8:64::1/64", "dev", "in", "nodad")
        phone.run("ip", "address", "del", "127.0.0.1/8", "dev", "lo")
        phone.run("ip", "address", "add", f"{PHONE6}/64", "dev", "air", "nodad")
        phone.run("ip", "route", "add", "default", "via", "2001:db8:64::1")
        translator = _translate(router, folder)
        try:
            yield phone
        finally:
            translator.terminate()
            translator.wait()
    finally:
        for host in (router, phone):
            host.remove()


def synthesized(address: str) -> str:
    """The IPv6 address by which that network reaches an IPv4 one (RFC 6052 §2.2)."""
    return str(IPv6Address(int(_PREFIX) + int(IPv4Address(address))))


def _lead_through(router: Namespace, wan: Namespace) -> None:
    """Connect the router to the public segment, whose hosts get addresses of both families."""
    connect(wan, "nat64", router, "out")
    wan.run("ip", "link", "set", "nat64", "master", "br0")
    four, six = DUAL_STACK_EDGE
    for host, device, addresses in (
        (wan, "br0", (f"{four}/24", f"{six}/64")),
        (router, "out", (f"{NAT64}/24", "2001:db8:1::64/64")),
    ):
        host.run("ip", "address", "add", addresses[0], "dev", device)
        host.run("ip", "address", "add", addresses[1], "dev", device, "nodad")
    wan.run("ip", "route", "add", "2001:db8:64::/64", "via", "2001:db8:1::64")
    router.run("sysctl", "-q", "-w", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
    router.run("nft", _MASQUERADE)


def _translate(router: Namespace, folder: Path) -> subprocess.Popen[bytes]:
    """Start tayga in the router."""
    path = folder / "tayga.conf"
    path.write_text(f"tun-device siit\nipv4-addr 192.0.2.1\nprefix {_PREFIX}/96\ndynamic-pool {_POOL}\n")
    tayga = shutil.which("tayga", path=f"{os.environ.get('PATH', '')}:/usr/sbin") or "tayga"
    router.run(tayga, "--config", str(path), "--mktun")
    router.run("ip", "link", "set", "siit", "up")
    for addresses in (_POOL, f"{_PREFIX}/96"):
        router.run("ip", "route", "add", addresses, "dev", "siit")
    return router.start((tayga, "--config", str(path), "-d"), {}, folder / "tayga.log")
