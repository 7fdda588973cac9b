"""Processes pinned to a core, and what they use."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Self

_ENDING_WITH_US: Final = ("/usr/bin/setpriv", "--pdeathsig", "TERM")
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PAGE_KB: Final = os.sysconf("SC_PAGE_SIZE") // 1024


class Process:
    """A program and its children, on given cores. As a context manager it ends when the block does."""

    def __init__(
        self,
        command: Sequence[str],
        cores: str,
        log: Path,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        end_with: signal.Signals = signal.SIGTERM,
    ) -> None:
        self._end_with = end_with
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603
                (*_ENDING_WITH_US, "/usr/bin/taskset", "-c", cores, *command),
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=folder,
            )

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    def wait(self, seconds: float) -> None:
        """Wait for its own end. Raises TimeoutExpired."""
        self._process.wait(seconds)

    def has_ended(self) -> bool:
        """Whether it runs no more."""
        return self._process.poll() is not None

    def cpu_us(self) -> float:
        """CPU microseconds that it and its children have used so far, user and system, those of ended children too."""
        return sum(_cpu_us(pid) for pid in _tree(self.pid))

    def memory_kb(self) -> int:
        """Resident memory of it and its children."""
        return sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in _tree(self.pid)) * _PAGE_KB

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.has_ended():
            return
        self._process.send_signal(self._end_with)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.pid, signal.SIGKILL)
            self._process.wait()


def _tree(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        children.setdefault(int(fields[1]), []).append(int(path.parent.name))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += children.get(pid, [])
    return found


def _cpu_us(pid: int) -> float:
    """The scheduler counts nanoseconds for each thread that lives; for children that have ended there are ticks."""
    try:
        threads = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/schedstat")]
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    ended = (int(fields[13]) + int(fields[14])) * 1_000_000 / _TICKS
    return sum(int(thread.split()[0]) for thread in threads) / 1000 + ended
