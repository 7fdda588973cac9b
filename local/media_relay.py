"""The rtpengine that relays the sound of calls whose ends could not hear each other, where it is installed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from ipaddress import IPv4Address
from pathlib import Path
from secrets import randbelow
from typing import Final

from local.child import Child

USED: Final = "Sound      relayed by rtpengine, where two ends could not hear each other: browsers and phones, say"
MISSING: Final = "Sound      between phones alone: a browser can call a phone after apt-get install rtpengine-daemon"

_NG_PORT: Final = 2223
_FIRST_PORT: Final = 20000
_LAST_PORT: Final = 21999
STARTED: Final = "Startup complete"


class MediaRelay(Child):
    """A running rtpengine. It relays at `host`; its ng protocol is spoken at `address`."""

    name = "rtpengine"
    start_timeout_s = 20
    stop_timeout_s = 20

    def __init__(self, log: Path, descriptors: Sequence[int] = ()) -> None:
        """Start it; it inherits the file descriptors. Raises OSError when there is no rtpengine."""
        self.host = _own_address()
        self.address = f"{self.host}:{_NG_PORT}"
        super().__init__(command(self.address, self.host), {}, log, descriptors)

    def is_ready(self) -> bool:
        """Whether the rtpengine has said that it has started."""
        return STARTED in self.log.read_text(errors="replace")


def program() -> str | None:
    """Where the rtpengine is installed; None when it is not."""
    return shutil.which("rtpengine", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


def command(address: str, *hosts: str) -> tuple[str, ...]:
    """Returns the command of an rtpengine in user space that relays at `hosts` and has its ng port at `address`."""
    return (
        program() or "rtpengine",
        *("--config-file=none", "--foreground", "--log-stderr", "--log-level=6", "--table=-1"),
        *(f"--interface={host}" for host in hosts),
        f"--listen-ng={address}",
        *(f"--port-min={_FIRST_PORT}", f"--port-max={_LAST_PORT}"),
        # A phone behind a NAT is where its sound comes from, from the first packet on.
        "--endpoint-learning=immediate",
    )


def _own_address() -> str:
    """An address of the loopback that no other rtpengine has.

    Two at one would take each other's packets, for neither minds that a port is in use.
    """
    return str(IPv4Address("127.64.0.0") + randbelow(2**16))
