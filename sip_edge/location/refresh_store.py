"""The schedule of refresh pushes, as the edge uses it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from directory.edge.refresh_schedule import Page, Progress
from directory.schema.refresh_pushes import RefreshPush


class RefreshStore(Protocol):
    """Stores planned pushes (`directory.edge.refresh_schedule.RefreshSchedule`). All outcomes come later."""

    def plan(self, push: RefreshPush, then: Callable[[bool], None]) -> None:
        """Stores a push. The outcome is whether it is durable."""

    def read(self, minute: int, shard: int, after: str, then: Callable[[Page | None], None]) -> None:
        """Reads a page of the pushes of a shard in a minute, from `after` on. None when it can't be read now."""

    def note_progress(self, shard: int, minute: int, then: Callable[[bool], None]) -> None:
        """Stores that the pushes of a shard are sent up to and with a minute."""

    def read_progress(self, then: Callable[[Progress | None], None]) -> None:
        """Reads the minute up to which the pushes of each shard are sent. None when it can't be read now."""
