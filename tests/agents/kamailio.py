"""A running Kamailio, and how to speak to it."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from .child import Child, find_program
from .kamailio_config import RPC_SOCKET

START_ATTEMPTS = 100
ATTEMPT_SECONDS = 0.1
RPC_SECONDS = 30.0

MEMORY = ("-m", "32", "-M", "4")
"""MiB for all processes together and for each: its defaults are for a whole company."""


class Kamailio:
    """One Kamailio with a configuration in a folder of its own, which is ready once this is made. Raises OSError."""

    def __init__(self, folder: Path, config: Path, on_log_line: Callable[[str], None] = lambda _: None) -> None:
        program = find_program("kamailio", "kamailio")
        command = [program, "-DD", "-E", *MEMORY, "-Y", str(folder), "-P", str(folder / "pid"), "-f", str(config)]
        self._child = Child(command, folder, on_log_line)
        self.rpc = KamailioRpc(folder)
        self._wait_for_rpc()

    def end(self) -> None:
        """End the program."""
        self._child.end()

    def _wait_for_rpc(self) -> None:
        for _ in range(START_ATTEMPTS):
            with suppress(OSError):
                self.rpc.ask("core.version")
                return
            if not self._child.alive:
                break
            time.sleep(ATTEMPT_SECONDS)
        raise OSError("Kamailio does not answer; see the log")


class KamailioRpc:
    """Kamailio's JSON-RPC over a datagram socket in the PBX's folder."""

    def __init__(self, folder: Path) -> None:
        self._server = str(folder / RPC_SOCKET)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(folder / "rpc-client.sock"))
        self._socket.settimeout(RPC_SECONDS)

    def ask(self, method: str, *params: str | int) -> dict[str, Any]:
        """Call a method and return its result. Raises OSError without an answer, ValueError when it is a refusal."""
        request = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        self._socket.sendto(request.encode(), self._server)
        answer = json.loads(self._socket.recv(65536))
        if "error" in answer:
            raise ValueError(f"{method}: {answer['error']}")
        result: dict[str, Any] = answer.get("result") or {}
        return result


def free_udp_and_tcp_port() -> int:
    """A port of the loopback that is free for both; Kamailio cannot choose one by itself."""
    while True:
        with (
            closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as tcp,
            closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as udp,
            suppress(OSError),
        ):
            tcp.bind(("127.0.0.1", 0))
            port: int = tcp.getsockname()[1]
            udp.bind(("127.0.0.1", port))
            return port
