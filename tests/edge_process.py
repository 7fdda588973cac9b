"""One more edge on the running service's tables, with settings of its own."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from local.child import Child, module
from local.emulator import CREDENTIALS, REGION
from tests.ports import free_port
from tests.priority import prefer
from tests.service import Service
from tests.waiting import wait_until

SECRET = "the same secret on every edge of a test"


def edge_settings(service: Service, **settings: str) -> dict[str, str]:
    """The environment of an edge on the service's tables. SIP_PORT is free unless it is given; "" takes one away."""
    environment = {
        "BASE_DOMAIN": service.base,
        "SIP_HOST": "127.0.0.1",
        "ADVERTISED_HOST": "127.0.0.1",
        "SIP_PORT": str(free_port()),
        "SIP_SECRET": SECRET,
        "DRAIN_SECONDS": "2",
        "AWS_ENDPOINT_URL": service.endpoint,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": CREDENTIALS.access_key,
        "AWS_SECRET_ACCESS_KEY": CREDENTIALS.secret_key,
        **service.tables,
        **settings,
    }
    return {name: value for name, value in environment.items() if value}


class EdgeProcess(Child):
    """A running edge. Settings are given as environment variables."""

    name = "an edge"
    start_timeout_s = 20
    stop_timeout_s = 20

    def __init__(self, service: Service, folder: Path, **settings: str) -> None:
        self.settings = edge_settings(service, **settings)
        number = len(list(folder.glob("edge-*.log")))
        super().__init__(module("sip_edge"), self.settings, folder / f"edge-{number}.log")
        prefer(self._process.pid)

    def port(self, name: str = "SIP_PORT") -> int:
        """A port of its settings."""
        return int(self.settings[name])

    def is_ready(self) -> bool:
        return any(line["message"] == "listening" for line in self.events())

    def signal(self, how: signal.Signals) -> None:
        """Send it a signal: SIGTERM asks it to finish and go, SIGKILL is its sudden death."""
        self._process.send_signal(how)

    def open_files(self) -> int:
        """Returns how many files and sockets it has open."""
        return len(list(Path(f"/proc/{self._process.pid}/fd").iterdir()))

    def wait_ended(self, timeout_s: float = 20) -> int:
        """Its exit status, once it has ended."""
        return self._process.wait(timeout_s)

    def wait_for(self, message: str, timeout_s: float = 10) -> None:
        """Wait until it has logged that."""
        wait_until(
            lambda: any(line["message"] == message for line in self.events()), message, timeout_s, self.log.read_text
        )

    def wait_for_trace(self, aor: str, on: bool = True, timeout_s: float = 10) -> None:
        """Wait until it traces an address of record, or no longer does."""

        def is_so() -> bool:
            switched = [event["addresses"] for event in self.events() if event["message"] == "tracing"]
            return bool(switched) and (aor in switched[-1]) is on

        wait_until(is_so, f"{aor} is traced: {on}", timeout_s, self.log.read_text)

    def events(self) -> list[dict[str, Any]]:
        """The log so far."""
        lines = self.log.read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]


StartEdge = Callable[..., EdgeProcess]
"""Starts an edge with settings that differ from the others'; it ends with the test."""
