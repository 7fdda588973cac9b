"""A schedule of refresh pushes in memory. Its answers come later, with those of the store."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from directory.edge.refresh_schedule import Page, Progress
from directory.schema.refresh_pushes import RefreshPush


class FakeRefreshes:
    """The planned pushes by minute and shard, and the progress of shards. `outage` makes all fail."""

    def __init__(self, later: Callable[[Callable[[], None]], None]) -> None:
        self.planned: dict[tuple[int, int], dict[str, RefreshPush]] = {}
        self.progress: dict[int, int] = {}
        self.outage = False
        self.page_size = 3
        self.reads = 0
        self._later = later

    @property
    def pushes(self) -> list[RefreshPush]:
        """All planned pushes, in the order of their minutes."""
        return [push for _, pushes in sorted(self.planned.items()) for push in pushes.values()]

    def plan(self, push: RefreshPush, then: Callable[[bool], None]) -> None:
        if not self.outage:
            self.planned.setdefault((push.minute, push.shard), {})[push.device] = push
        self._later(partial(then, not self.outage))

    def read(self, minute: int, shard: int, after: str, then: Callable[[Page | None], None]) -> None:
        self.reads += 1
        pushes = self.planned.get((minute, shard), {})
        devices = sorted(device for device in pushes if device > after)
        shown = devices[: self.page_size]
        page = Page([pushes[device] for device in shown], shown[-1] if len(devices) > len(shown) else "")
        self._later(partial(then, None if self.outage else page))

    def note_progress(self, shard: int, minute: int, then: Callable[[bool], None]) -> None:
        if not self.outage:
            self.progress[shard] = minute
        self._later(partial(then, not self.outage))

    def read_progress(self, then: Callable[[Progress | None], None]) -> None:
        self._later(partial(then, None if self.outage else dict(self.progress)))
