"""`python -m local` on ports of its own: its processes, and a client of its demo customer."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final, Self

import requests

_ROOT: Final = Path(__file__).parent.parent
# Below those that tests choose from by chance (tests/ports.py).
_PORTS: Final = {"API_PORT": "9820", "SIP_PORT": "9821", "WS_PORT": "9822", "PAGE_PORT": "9823"}
_START_TIMEOUT_S: Final = 120
_STOP_TIMEOUT_S: Final = 90
_TIMEOUT_S: Final = 30
_POLL_S: Final = 0.05


class LocalService:
    """The service as a person runs it. It keeps its data in `folder` from one start to the next.

    As a context manager it is gone afterwards.
    """

    def __init__(self, folder: Path) -> None:
        self._state = folder / "state"
        self._output = folder / "output"
        self._runner: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._runner and self._runner.poll() is None:
            self._runner.kill()
            self._runner.wait()

    def start(self) -> None:
        """Start it, and wait until it serves. Raises RuntimeError with all that it said when it does not."""
        with self._output.open("wb") as output:
            self._runner = subprocess.Popen(
                (sys.executable, "-m", "local"),
                cwd=_ROOT,
                env={**os.environ, **_PORTS, "STATE_DIR": str(self._state)},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + _START_TIMEOUT_S
        while b"Ready." not in self._output.read_bytes():
            if self._runner.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the service did not start: {self._output.read_text()}")
            time.sleep(_POLL_S)
        demo = json.loads((self._state / "demo.json").read_text())
        self.customer_id: str = demo["customer_id"]
        self._extensions: str = f"{demo['api_url']}/extensions"
        self._token: str = demo["token"]

    def kill(self, part: str) -> None:
        """SIGKILL to the runner, or to the child whose command ends with the part's name; then all of it ends."""
        assert self._runner
        os.kill(self._runner.pid if part == "runner" else self._child(part), signal.SIGKILL)
        self._runner.wait(_STOP_TIMEOUT_S)

    def stop(self) -> int:
        """End it in order; its exit status."""
        assert self._runner
        self._runner.terminate()
        return self._runner.wait(_STOP_TIMEOUT_S)

    def create(self, username: str) -> None:
        """Create an extension. Raises OSError when that is not acknowledged."""
        body = {"name": username, "username": username, "password": "secure-password-123"}
        requests.post(self._extensions, headers=self._authorization(), json=body, timeout=_TIMEOUT_S).raise_for_status()

    def usernames(self) -> set[str]:
        """The usernames of all extensions."""
        found: set[str] = set()
        page_token = ""
        while True:
            page = requests.get(
                self._extensions,
                headers=self._authorization(),
                params={"page_token": page_token} if page_token else {},
                timeout=_TIMEOUT_S,
            ).json()
            found |= {extension["username"] for extension in page["result"]}
            page_token = page["next_page_token"]
            if not page_token:
                return found

    def _authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"}

    def _child(self, module: str) -> int:
        assert self._runner
        for listed in Path(f"/proc/{self._runner.pid}/task").glob("*/children"):
            for child in listed.read_text().split():
                if f"\0-m\0{module}\0".encode() in Path(f"/proc/{child}/cmdline").read_bytes():
                    return int(child)
        raise RuntimeError(f"{module} does not run")
