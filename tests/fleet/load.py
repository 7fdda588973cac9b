"""Calls without end: SIPp calls phones at a steady rate until it is told to stop, and counts what failed."""

from __future__ import annotations

import csv
import signal
import subprocess
from pathlib import Path

from tests.calls.office import PASSWORD, Office
from tests.calls.test_sipp import sipp
from tests.ports import free_port
from tests.waiting import wait_until

_CALLERS = 10


class Load:
    """`rate` calls a second, each over a socket of its own; `mode` is SIPp's word for the transport."""

    def __init__(self, office: Office, folder: Path, mode: str, callees: list[str], rate: int) -> None:
        folder.mkdir()
        self._folder = folder
        rows = [self._row(office, callees[i % len(callees)]) for i in range(_CALLERS)]
        (folder / "accounts.csv").write_text("\n".join(["SEQUENTIAL", *rows, ""]))
        command = sipp(office, folder, "caller", free_port(), "-t", mode, "-inf", str(folder / "accounts.csv"))
        command += ["-r", str(rate), "-trace_stat", "-fd", "1", "-timeout", "240s"]
        command += ["-max_socket", "1000"]
        self._process = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
        )

    def __enter__(self) -> Load:
        wait_until(lambda: self.calls("SuccessfulCall(C)") > 0, "the first call")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Begin no more calls, and wait for the end of those that are up."""
        self._process.send_signal(signal.SIGUSR1)
        self._process.wait(60)

    def calls(self, column: str) -> int:
        """A figure of SIPp's statistics."""
        lines = [line for path in self._folder.glob("*_.csv") for line in path.read_text().splitlines()]
        rows = list(csv.DictReader(lines, delimiter=";"))
        return int(rows[-1][column] or 0) if rows else 0

    def errors(self) -> str:
        """The words of SIPp about calls that failed."""
        return "\n".join(path.read_text()[-3000:] for path in self._folder.glob("*.err"))

    def _row(self, office: Office, callee: str) -> str:
        username = office.extension()["username"]
        return f"{username};{office.domain};[authentication username={username} password={PASSWORD}];{callee}"
