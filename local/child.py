"""A process that lives no longer than this one."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Self

from local.failure import StartError

_PR_SET_PDEATHSIG: Final = 1
_LIBC: Final = ctypes.CDLL(None)
_POLL_S: Final = 0.05


class Child(ABC):
    """A process that runs a command, and writes to `log`.

    As a context manager it ends the process. Subclasses say what it is called, and how long it may take to start and
    to end, in seconds. When this process is killed, a child gets `orphan_signal`.
    """

    name: str
    start_timeout_s: float
    stop_timeout_s: float
    orphan_signal = signal.SIGKILL

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], log: Path, descriptors: Sequence[int] = ()
    ) -> None:
        """Start the process, which inherits the file descriptors."""
        self.log = log
        parent = os.getpid()
        with log.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603
                command,
                env={**os.environ, **environment, "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Ctrl-C reaches the terminal's foreground group; ours are ended in an order that saves the data. Linux
                # starves a quiet session beside a busy one (sched(7), autogroup), so it stays in this one.
                process_group=0,
                pass_fds=descriptors,
                preexec_fn=lambda: _end_with(parent, self.orphan_signal),
            )

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether the process does its work by now."""

    def wait_until_ready(self) -> None:
        """Raises StartError when the process ends before it is ready, or takes too long."""
        deadline = time.monotonic() + self.start_timeout_s
        while not self.is_ready():
            self.check()
            if time.monotonic() > deadline:
                raise StartError(f"{self.name} was not ready after {self.start_timeout_s:.0f} s (see {self.log})")
            time.sleep(_POLL_S)

    def check(self) -> None:
        """Raises StartError when the process has ended."""
        if self._process.poll() is not None:
            raise StartError(
                f"{self.name} {self._how_it_ended()}; its last words: {self._last_words()} (see {self.log})"
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Ask the process to end and wait for it. Raises StartError when it had to be killed."""
        self._process.terminate()
        try:
            self._process.wait(self.stop_timeout_s)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            raise StartError(f"{self.name} did not end within {self.stop_timeout_s:.0f} s and was killed") from None

    def _how_it_ended(self) -> str:
        code = self._process.returncode
        return f"ended with status {code}" if code >= 0 else f"ended by {signal.Signals(-code).name}"

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "none")


def module(name: str) -> tuple[str, ...]:
    """The command that runs a module of this environment's Python."""
    return (sys.executable, "-m", name)


def _end_with(parent: int, orphan_signal: signal.Signals) -> None:
    """In the child: get the signal when the parent is gone, even if it was killed. Linux alone knows how."""
    if sys.platform == "linux":
        _LIBC.prctl(_PR_SET_PDEATHSIG, orphan_signal)
        if os.getppid() != parent:
            os.kill(os.getpid(), orphan_signal)
