"""The rtpengine that relays the sound of calls whose ends could not hear each other, where it is installed."""

from __future__ import annotations

import os
import shutil
import socket
from contextlib import closing
from pathlib import Path
from typing import Final

from local.child import Child
from local.settings import HOST

USED: Final = "Sound      relayed by rtpengine, where two ends could not hear each other: browsers and phones, say"
MISSING: Final = "Sound      between phones alone: a browser can call a phone after apt-get install rtpengine-daemon"

_FIRST_PORT: Final = 20000
_LAST_PORT: Final = 21999
STARTED: Final = "Startup complete"


class MediaRelay(Child):
    """A running rtpengine. Its ng protocol is spoken at `address`."""

    name = "rtpengine"
    start_timeout_s = 20
    stop_timeout_s = 20

    def __init__(self, log: Path, port: int = 0) -> None:
        """`port` is the ng protocol's; a free one when it is 0. Raises OSError when there is no rtpengine."""
        self.address = f"{HOST}:{port or _free_port()}"
        super().__init__(command(HOST, self.address), {}, log)

    def is_ready(self) -> bool:
        """Whether the rtpengine has said that it has started."""
        return STARTED in self.log.read_text(errors="replace")


def program() -> str | None:
    """Where the rtpengine is installed; None when it is not."""
    return shutil.which("rtpengine", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


def command(host: str, address: str) -> tuple[str, ...]:
    """What starts an rtpengine in user space that relays at `host`, and speaks the ng protocol at `address`."""
    return (
        program() or "rtpengine",
        *("--config-file=none", "--foreground", "--log-stderr", "--log-level=6", "--table=-1"),
        *(f"--interface={host}", f"--listen-ng={address}"),
        *(f"--port-min={_FIRST_PORT}", f"--port-max={_LAST_PORT}"),
        # A phone behind a NAT is where its sound comes from, from the first packet on.
        "--endpoint-learning=immediate",
    )


def _free_port() -> int:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
