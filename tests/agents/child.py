"""A program that an agent runs as a process of its own: started, read and ended by its id."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

END_SECONDS = 1.5
"""The time that a program may take to end when asked to; `Phone.close` waits 3 s for all of it."""


def find_program(name: str, package: str) -> str:
    """The path of a program. Raises FileNotFoundError, which tells how to install its Debian package."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if found is None:
        raise FileNotFoundError(f"{name} is missing: apt-get install --no-install-recommends {package}")
    return found


class Child:
    """A running program. Its output goes to this process's stderr, which is the agent's log.

    `on_line` sees each printed line, without its end, in a thread of its own. `pass_fds`, `stdin`: as for
    `subprocess.Popen`.
    """

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        on_line: Callable[[str], object] | None = None,
        pass_fds: Sequence[int] = (),
        stdin: int = subprocess.DEVNULL,
    ) -> None:
        self._on_line = on_line
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=pass_fds,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def end(self) -> None:
        """Ask it to go (SIGTERM), and kill it when it has not gone after a moment."""
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(END_SECONDS)

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                text = line.decode("utf-8", "replace").rstrip()
                print(text, file=sys.stderr, flush=True)
                if self._on_line is not None:
                    self._on_line(text)
