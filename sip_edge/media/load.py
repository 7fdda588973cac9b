"""The load of the rtpengines beside this edge, asked for once a minute."""

from __future__ import annotations

from typing import Final

from sip_edge.media.engine import Engine, Reply
from sip_edge.media.pool import Pool
from sip_edge.transaction.timers import NEVER, Timed, Timers

_EVERY_S: Final = 60.0


class Load(Timed):
    """Keeps the last report of each rtpengine."""

    def __init__(self, pool: Pool, timers: Timers, now: float) -> None:
        self.deadline = NEVER
        self._pool = pool
        self._timers = timers
        self._reports: dict[str, Reply] = {}
        if pool:
            timers.arm(self, now)

    @property
    def calls(self) -> int:
        """The number of calls that they relay."""
        return self._sum("sessionstotal")

    @property
    def streams(self) -> int:
        """The number of streams that they relay: one from each end of a call, and more with video."""
        return self._sum("media_userspace")

    def expire(self, now: float) -> None:
        """Ask again."""
        for engine in self._pool.ours:
            self._ask(engine, now)
        self._timers.arm(self, now + _EVERY_S)

    def _ask(self, engine: Engine, now: float) -> None:
        def on_statistics(reply: Reply | None) -> None:
            self._reports[engine.address] = reply or {}

        engine.ask({"command": "statistics"}, on_statistics, now)

    def _sum(self, figure: str) -> int:
        found = 0
        for reply in self._reports.values():
            statistics = reply.get("statistics")
            current = statistics.get("currentstatistics") if isinstance(statistics, dict) else None
            value = current.get(figure) if isinstance(current, dict) else None
            found += value if isinstance(value, int) else 0
        return found
