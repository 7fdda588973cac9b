"""How much the rtpengines have to do, once a minute as a line of the log, for whoever draws it."""

from __future__ import annotations

from typing import Final

from sip_edge.journal import Journal
from sip_edge.media.engine import Engine, Reply
from sip_edge.media.pool import Pool
from sip_edge.transaction.timers import NEVER, Timed, Timers

_EVERY_S: Final = 60.0
_FIGURES: Final = {
    "calls": "sessionstotal",
    "streams": "media_userspace",
    "packets_per_second": "packetrate",
    "errors_per_second": "errorrate",
}


class Load(Timed):
    """Asks this edge's own rtpengines."""

    def __init__(self, pool: Pool, timers: Timers, journal: Journal, now: float) -> None:
        self.deadline = NEVER
        self._pool = pool
        self._timers = timers
        self._journal = journal
        if pool:
            timers.arm(self, now + _EVERY_S)

    def expire(self, now: float) -> None:
        """A minute is over."""
        for engine in self._pool.ours:
            self._ask(engine, now)
        self._timers.arm(self, now + _EVERY_S)

    def _ask(self, engine: Engine, now: float) -> None:
        def log(reply: Reply | None) -> None:
            if reply:
                self._journal.note("media_load", media_relay=engine.address, **load_of(reply))

        engine.ask({"command": "statistics"}, log, now)


def load_of(reply: Reply) -> dict[str, int]:
    """The figures of a statistics reply: calls and streams now, packets and errors per second."""
    statistics = reply.get("statistics")
    current = statistics.get("currentstatistics") if isinstance(statistics, dict) else None
    found = current if isinstance(current, dict) else {}
    return {name: value for name, key in _FIGURES.items() if isinstance(value := found.get(key), int)}
