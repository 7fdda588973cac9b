"""`python -m local` as a person starts it, in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.ports import free_port
from tests.priority import prefer

_ROOT = Path(__file__).parent.parent
_START_TIMEOUT_S = 120
_STOP_TIMEOUT_S = 90


STARTED: list[Runner] = []
"""Every runner of this test run, in the order of their starts."""


class Runner:
    """A started runner. Its output goes to a file beside its state folder."""

    def __init__(
        self,
        state: Path,
        api_port: int | None = None,
        sip_port: int | None = None,
        ws_port: int | None = None,
        **environment: str,
    ):
        STARTED.append(self)
        self.state = state
        self.api_port = api_port or free_port()
        self.sip_port = sip_port or free_port()
        self.ws_port = ws_port or free_port()
        self.page_port = free_port()
        self._output = state.with_suffix(".out")
        self._output.parent.mkdir(parents=True, exist_ok=True)
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                (sys.executable, "-m", "local"),
                cwd=_ROOT,
                env={
                    **os.environ,
                    "STATE_DIR": str(state),
                    "API_PORT": str(self.api_port),
                    "SIP_PORT": str(self.sip_port),
                    "WS_PORT": str(self.ws_port),
                    "PAGE_PORT": str(self.page_port),
                    **environment,
                },
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        prefer(self.process.pid)

    def wait_until_ready(self) -> None:
        """Fails with all that was printed when the service does not come up."""
        deadline = time.monotonic() + _START_TIMEOUT_S
        while "Ready." not in self.output():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise AssertionError(f"the service did not start:\n{self.log_text()}")
            time.sleep(0.05)

    def demo(self) -> dict[str, Any]:
        """The values that the runner tells its clients."""
        told: dict[str, Any] = json.loads((self.state / "demo.json").read_text())
        return told

    def output(self) -> str:
        """The output of the runner itself."""
        return self._output.read_text()

    def log_text(self) -> str:
        """The output of the runner and all its children."""
        logs = sorted(self.state.glob("*.log")) if self.state.is_dir() else []
        return "\n".join([self.output(), *(log.read_text(errors="replace") for log in logs)])

    def descendants(self) -> set[int]:
        """The processes that it has started, and those that they have."""
        return _descendants(self.process.pid)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Its exit status after a signal."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


def wait_until_gone(processes: set[int], timeout_s: float = 60) -> set[int]:
    """Those of the processes that still run after the time."""
    deadline = time.monotonic() + timeout_s
    while (running := {pid for pid in processes if _runs(pid)}) and time.monotonic() < deadline:
        time.sleep(0.05)
    return running


def _descendants(pid: int) -> set[int]:
    found = set()
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in listed.read_text().split():
            found |= {int(child)} | _descendants(int(child))
    return found


def _runs(pid: int) -> bool:
    try:
        return "Z (zombie)" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
