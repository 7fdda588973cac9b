"""A real rtpengine for a test, and what it says of itself."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from local.child import Child
from local.media_relay import MediaRelay, command
from sip_edge.media.bencode import decode, encode

_TIMEOUT_S = 5


class RelayBeside(MediaRelay):
    """A running rtpengine at the address of an edge, as each edge of a deployment has one beside it."""

    def __init__(self, log: Path, host: str, port: int) -> None:
        self.host = host
        self.address = f"{host}:{port}"
        Child.__init__(self, command(self.address, self.host), {}, log)

    def kill(self) -> None:
        """End it as a crash would."""
        self._process.kill()
        self._process.wait()


@contextmanager
def media_relay(folder: Path, name: str = "rtpengine") -> Iterator[MediaRelay]:
    """A running rtpengine."""
    with MediaRelay(folder / f"{name}.log") as relay:
        relay.wait_until_ready()
        yield relay


def calls(relay: MediaRelay) -> int:
    """Returns the number of its calls."""
    return len(ask(relay.address, {"command": "list", "limit": "100"})["calls"])


def ask(address: str, command: dict[str, Any]) -> Any:
    """The reply of the rtpengine at an address to a command."""
    host, _, port = address.rpartition(":")
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as asking:
        asking.settimeout(_TIMEOUT_S)
        asking.sendto(os.urandom(8).hex().encode() + b" " + encode(command), (host, int(port)))
        return decode(asking.recv(65535).partition(b" ")[2])
