"""Programs that a step runs: sipctl and the CDK's command line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sipctl.failure import FailedError

ROOT: Final = Path(__file__).parent.parent
_TOLD_LINES: Final = 3


def run(name: str, command: Sequence[str], log: Path) -> None:
    """Run a command to its end, with its output in a log. Raises FailedError when it fails.

    It has a session of its own, so that Ctrl-C reaches the rehearsal alone. An interruption ends it.
    """
    with log.open("ab") as output:
        begin = output.tell()
        process = subprocess.Popen(  # noqa: S603  (the operator names the CDK's command)
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            status = process.wait()
        except BaseException:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()
            raise
    if status:
        lines = log.read_bytes()[begin:].decode(errors="replace").strip().splitlines()
        told = " | ".join(line.strip() for line in lines[-_TOLD_LINES:])
        raise FailedError({"code": "failed", "detail": f"{name} ended with status {status}: {told} (see {log})"})


class Sipctl:
    """sipctl for an environment, as its operator runs it."""

    def __init__(self, environment: str, profile: str | None, log: Path) -> None:
        self._environment = environment
        self._options = ("--profile", profile) if profile else ()
        self._log = log

    def run(self, command: str, *arguments: str) -> None:
        """Run a command to its end. Raises FailedError when it fails."""
        program = (sys.executable, "-m", "sipctl", *self._options, command)
        run(f"sipctl {command}", (*program, *arguments, "--environment", self._environment), self._log)
