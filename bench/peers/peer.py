"""A server that is measured, with all that it needs."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Self

from bench.process import Process


class Peer:
    """As a context manager it runs; its processes end in the reverse order of their start.

    `challenge` is the status with which it asks a REGISTER for credentials, `server` the process that is measured.
    `store` is the database beside it, if it has one whose CPU time counts.
    """

    challenge: int
    server: Process
    store: Process | None = None

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._started = ExitStack()

    def start(self, process: Process) -> Process:
        """A process that ends when this does."""
        return self._started.enter_context(process)

    def begin(self) -> None:
        """Start all."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        with self._started:
            self.begin()
            self._started = self._started.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._started.close()
