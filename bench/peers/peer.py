"""What a measurement needs to know of a server."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Protocol, Self

from bench.process import Process


class Peer(Protocol):
    """A running server. As a context manager it ends, and all that it needs."""

    name: str
    challenge: int
    """The status with which it asks a REGISTER for credentials."""
    server: Process
    """The server itself."""
    store: Process | None
    """The database beside it, if it has one whose CPU time counts."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


class Running:
    """Processes that end in the reverse order of their start, also when a later one doesn't start."""

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
