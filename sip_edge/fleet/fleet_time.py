"""The newest time that any edge of the fleet is known to have had.

Nonces are ordered by their time of issue, on all edges together. An edge with a slow clock would issue nonces that are
older than those that a phone has used elsewhere. So each edge follows the fastest clock, as in a hybrid logical clock
(Kulkarni and others, 2014). Other edges' times are in watermarks and in the datagrams of peers.
"""

from __future__ import annotations

from typing import Final

from sip_edge.journal import Journal

MOST_SKEW_S: Final = 30  # beyond it, peers refuse each other's datagrams, too
_TOLD_EVERY_S: Final = 60


class FleetTime:
    """The newest time of the fleet. All times are seconds since the epoch.

    A time that is further ahead than 30 s is not followed: one broken clock must not lead all edges. The log names it
    as `clock_ahead`, once a minute.
    """

    __slots__ = ("_journal", "_newest", "_told")

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._newest = 0.0
        self._told = 0.0

    def newest(self, now: float) -> float:
        """Returns the newest time of any edge, at least this edge's `now`."""
        return max(now, self._newest)

    def follow(self, seen: float, now: float, where: str) -> None:
        """Takes a time into account that another edge had; `where`, for the log, names that edge or an address."""
        ahead = seen - now
        if ahead <= 0:
            return
        self._journal.clock_skew = max(self._journal.clock_skew, ahead)
        if ahead <= MOST_SKEW_S:
            self._newest = max(self._newest, seen)
        elif now - self._told >= _TOLD_EVERY_S:
            self._told = now
            self._journal.trouble("clock_ahead", seconds=round(ahead), where=where)
