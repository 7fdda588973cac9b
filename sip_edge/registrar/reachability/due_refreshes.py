"""Reads the refresh pushes that are due, and has them sent. The edges of a fleet share them.

Each shard of the schedule is served by one of the edges that are well. It works through the minutes one after the
other, and stores the minute that it has done. When that edge dies, another one goes on from there.
"""

from __future__ import annotations

from typing import Final

from directory.edge.refresh_schedule import Page, Progress
from directory.schema.refresh_pushes import MINUTE_S, SHARDS
from sip_edge.continuation import Continuation
from sip_edge.fleet.fleet import Fleet
from sip_edge.journal import Journal
from sip_edge.location.refresh_store import RefreshStore
from sip_edge.registrar.reachability.refresh_pushes import RefreshPushes
from sip_edge.transaction.timers import Timed, Timers

_EVERY_S: Final = 10.0
_MOST_MINUTES_BACK: Final = 10  # a binding whose push was due earlier has ended


class DueRefreshes(Timed):
    """The shards that this edge serves."""

    __slots__ = ("_fleet", "_journal", "_pushes", "_shards", "_store", "_timers")

    def __init__(
        self, store: RefreshStore, pushes: RefreshPushes, fleet: Fleet, timers: Timers, journal: Journal
    ) -> None:
        self._store = store
        self._pushes = pushes
        self._fleet = fleet
        self._timers = timers
        self._journal = journal
        self._shards: dict[int, _Shard] = {}
        timers.arm(self, timers.clock() + _EVERY_S)

    def expire(self, now: float) -> None:
        """Goes on with the shards of this edge, and begins those that are new to it."""
        self._timers.arm(self, now + _EVERY_S)
        own = self._own_shards(now)
        self._shards = {number: shard for number, shard in self._shards.items() if number in own}
        for shard in self._shards.values():
            self._advance(shard)
        if len(own) > len(self._shards):
            on_read: Continuation[Progress | None] = Continuation(self._on_progress_read, self._on_error)
            self._store.read_progress(on_read)

    def _own_shards(self, now: float) -> list[int]:
        return [number for number in range(SHARDS) if self._fleet.is_own_share(f"refresh pushes {number}", now)]

    def _on_progress_read(self, progress: Progress | None) -> None:
        if progress is None:
            self._journal.trouble("refresh_schedule_unreadable")
            return
        now = self._timers.clock()
        earliest = int(now) // MINUTE_S - _MOST_MINUTES_BACK
        for number in self._own_shards(now):
            if number not in self._shards:
                shard = self._shards[number] = _Shard(number, max(progress.get(number, 0), earliest))
                self._advance(shard)

    def _advance(self, shard: _Shard) -> None:
        """Goes on with the next minute that has begun, unless one is under way."""
        if not shard.is_busy and shard.done < int(self._timers.clock()) // MINUTE_S:
            shard.is_busy = True
            self._read(shard)

    def _read(self, shard: _Shard) -> None:
        def on_failed(error: Exception) -> None:
            shard.is_busy = False
            self._on_error(error)

        on_read: Continuation[Page | None] = Continuation(lambda page: self._on_page_read(shard, page), on_failed)
        self._store.read(shard.done + 1, shard.number, shard.after, on_read)

    def _on_page_read(self, shard: _Shard, page: Page | None) -> None:
        """Has the pushes of a page sent. One that can't be read now is read again in ten seconds."""
        if page is None:
            shard.is_busy = False
            self._journal.trouble("refresh_schedule_unreadable")
            return
        shard.after = page.after
        if not page.pushes:
            self._on_page_sent(shard)
            return
        shard.has_pushes = True
        shard.unsent = len(page.pushes)
        for push in page.pushes:
            self._pushes.send(push, lambda: self._on_sent(shard))

    def _on_sent(self, shard: _Shard) -> None:
        shard.unsent -= 1
        if not shard.unsent:
            self._on_page_sent(shard)

    def _on_page_sent(self, shard: _Shard) -> None:
        """Goes on with the next page, or the next minute, unless another edge serves the shard by now."""
        if self._shards.get(shard.number) is not shard:
            return
        if shard.after:
            self._read(shard)
            return
        shard.done += 1
        if shard.has_pushes:
            shard.has_pushes = False
            self._store.note_progress(shard.number, shard.done, _ignore)
        shard.is_busy = False
        self._advance(shard)

    def _on_error(self, error: Exception) -> None:
        self._journal.trouble("internal_error", error)


class _Shard:
    """One shard of the schedule. `done` is its last minute that needs nothing more, counted since the epoch.

    While a minute is under way, `after` is where its next page begins. `unsent` counts the pushes of the page.
    """

    __slots__ = ("after", "done", "has_pushes", "is_busy", "number", "unsent")

    def __init__(self, number: int, done: int) -> None:
        self.number = number
        self.done = done
        self.after = ""
        self.unsent = 0
        self.has_pushes = False
        self.is_busy = False


def _ignore(is_durable: bool) -> None:
    """Ignores a note of progress that is lost. The next edge reads a few minutes more then."""
