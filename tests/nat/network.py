"""A small internet out of network namespaces: a public segment, homes behind NATs, and a mobile phone with two links.

    wan:   198.51.100.1, 198.51.100.2 (the edges)
    nat1:  198.51.100.11  <-> 192.168.1.1      home1: 192.168.1.2      10.1.0.1 <-> mobile: 10.1.0.2 (Wi-Fi)
    nat2:  198.51.100.12  <-> 192.168.1.1      home2: 192.168.1.2      10.2.0.1 <-> mobile: 10.2.0.2 (cellular)

Both homes have the same private addresses. The NATs are Linux's masquerade. A mapping admits only the address
and port that was sent to, and is forgotten after 30 idle seconds.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

EDGE, OTHER_EDGE = EDGES = ("198.51.100.1", "198.51.100.2")
HOME: Final = "192.168.1.2"
NAT_MEMORY_S: Final = 30
_HOSTS: Final = ("wan", "nat1", "nat2", "home1", "home2", "mobile")
_Made = TypeVar("_Made")
_NAT: Final = "add table ip nat; add chain ip nat out { type nat hook postrouting priority 100; }; "


class Namespace:
    """One host."""

    def __init__(self, name: str) -> None:
        self.name = name
        _run("ip", "netns", "add", name)
        self.run("ip", "link", "set", "lo", "up")

    def run(self, *command: str) -> None:
        """Run a command in it, to its end."""
        _run(*self.prefix, *command)

    def start(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
        """Start a program in it."""
        with log.open("wb") as output:
            return subprocess.Popen(
                [*self.prefix, *command],
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def make(self, maker: Callable[[], _Made]) -> _Made:
        """Returns an object whose sockets are in it. A thread of its own enters the namespace and makes the object."""

        def enter() -> _Made:
            with Path("/run/netns", self.name).open() as namespace:
                assert ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), 0) == 0, ctypes.get_errno()
            return maker()

        with ThreadPoolExecutor(1) as thread:
            return thread.submit(enter).result()

    @property
    def prefix(self) -> list[str]:
        """The command that runs another one in it."""
        return ["ip", "netns", "exec", self.name]

    def remove(self) -> None:
        _run("ip", "netns", "del", self.name)


class Network:
    """The namespaces, by their names above."""

    def __init__(self) -> None:
        self.hosts = {name: Namespace(f"sip{os.getpid()}{name}") for name in _HOSTS}
        wan = self.hosts["wan"]
        wan.run("ip", "link", "add", "br0", "type", "bridge")
        for edge in EDGES:
            wan.run("ip", "address", "add", f"{edge}/24", "dev", "br0")
        wan.run("ip", "link", "set", "br0", "up")
        for number in (1, 2):
            self._add_home(number)
            self._add_mobile_link(number)

    def cut_wifi(self) -> None:
        """Cut the first NAT off the internet, without a FIN. The mobile phone loses its address there."""
        self.hosts["wan"].run("ip", "link", "set", "nat1", "down")
        self.hosts["mobile"].run("ip", "address", "flush", "dev", "link1")

    def restore_wifi(self) -> None:
        """Connect the first NAT again. The mobile phone prefers its Wi-Fi."""
        self.hosts["wan"].run("ip", "link", "set", "nat1", "up")
        self._give_mobile_address(1)

    def _add_home(self, number: int) -> None:
        wan, nat, home = (self.hosts[name] for name in ("wan", f"nat{number}", f"home{number}"))
        connect(wan, f"nat{number}", nat, "out")
        wan.run("ip", "link", "set", f"nat{number}", "master", "br0")
        nat.run("ip", "address", "add", f"198.51.100.{10 + number}/24", "dev", "out")
        connect(nat, "in", home, "lan")
        nat.run("ip", "address", "add", "192.168.1.1/24", "dev", "in")
        home.run("ip", "address", "add", f"{HOME}/24", "dev", "lan")
        home.run("ip", "route", "add", "default", "via", "192.168.1.1")
        nat.run("sysctl", "-q", "-w", "net.ipv4.ip_forward=1")
        nat.run("nft", f'{_NAT} add rule ip nat out oifname "out" masquerade')
        for kind in ("udp_timeout", "udp_timeout_stream"):
            nat.run("sysctl", "-q", "-w", f"net.netfilter.nf_conntrack_{kind}={NAT_MEMORY_S}")

    def _add_mobile_link(self, number: int) -> None:
        nat, mobile = self.hosts[f"nat{number}"], self.hosts["mobile"]
        connect(nat, "mobile", mobile, f"link{number}")
        nat.run("ip", "address", "add", f"10.{number}.0.1/24", "dev", "mobile")
        self._give_mobile_address(number)

    def _give_mobile_address(self, number: int) -> None:
        mobile, device = self.hosts["mobile"], f"link{number}"
        mobile.run("ip", "address", "replace", f"10.{number}.0.2/24", "dev", device)
        way_out = ("default", "via", f"10.{number}.0.1", "dev", device, "metric", str(number))
        mobile.run("ip", "route", "replace", *way_out)

    def remove(self) -> None:
        for host in self.hosts.values():
            host.remove()


@contextmanager
def network() -> Iterator[Network]:
    """A network that is gone afterwards."""
    made = Network()
    try:
        yield made
    finally:
        made.remove()


def connect(one: Namespace, device: str, other: Namespace, other_device: str) -> None:
    """Make a link between a device of one host and a device of another."""
    pair = ("ip", "link", "add", device, "netns", one.name, "type", "veth", "peer", "name", other_device)
    _run(*pair, "netns", other.name)
    one.run("ip", "link", "set", device, "up")
    other.run("ip", "link", "set", other_device, "up")


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr} (needs root, iproute2 and nftables)"
