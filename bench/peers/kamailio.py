"""Kamailio, the fastest of its kind."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from bench.peers import postgres
from bench.peers.peer import Peer
from bench.peers.ready import answers_sip, wait_for
from bench.places import SERVER, SERVER_CORES, SIP_PORT, USERS
from bench.process import Process

_CONFIGURATION: Final = Path(__file__).with_name("kamailio.cfg")
_SHARED_MB: Final = 2048  # with less it runs out of memory, which looks like a limit of its speed
_PROGRAM: Final = "/usr/sbin/kamailio"


class Kamailio(Peer):
    """A Kamailio that keeps everything in memory, with a given allocator, or else in PostgreSQL."""

    challenge = 401

    def __init__(self, folder: Path, *, database: bool = False, workers: int = 1, allocator: str = "tlsf") -> None:
        super().__init__(folder)
        self._database = database
        self._workers = workers
        self._allocator = allocator

    def begin(self) -> None:
        """Start it, and the database first if there is one."""
        folder, allocator = self.folder, self._allocator
        self.store = postgres.start(self) if self._database else None
        definitions: dict[str, object] = {
            "LISTEN": f"udp:{SERVER}:{SIP_PORT}",
            "WORKERS": self._workers,
            "USERS": USERS,
        }
        if self._database:
            definitions |= {"DATABASE": "", "DATABASE_URL": f'"{postgres.URL}"'}
        command = (
            *(_PROGRAM, "-DD", "-E", "-f", str(_CONFIGURATION), "-Y", str(folder)),
            *("-m", str(_SHARED_MB), "-M", "16", "-x", allocator, "-X", allocator),
            *(part for name, value in definitions.items() for part in ("-A", f"{name}={value}" if value else name)),
        )
        self.server = self.start(Process(command, SERVER_CORES, folder / "kamailio.log"))
        wait_for(self.server, answers_sip)
