"""Spreads the names of edges: each edge tells those that it knows of the others (a gossip protocol)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sip_edge.transaction.timers import Timed, Timers

_EVERY_S: Final = 10.0
_MOST_NAMED: Final = 64


class Gossip(Timed):
    """Sends all acquaintances the names of the edges that are well, every ten seconds.

    The first names come from the roster, bindings and route tokens. Silent edges get gossip as well, so that no call
    has to find out that one is back.
    """

    __slots__ = ("_acquaintances", "_send", "_timers", "_well")

    def __init__(
        self,
        timers: Timers,
        acquaintances: Callable[[float], set[str]],
        well: Callable[[float], list[str]],
        send: Callable[[str, bytes, float], None],
        now: float,
    ) -> None:
        """`acquaintances` gives the receivers, `well` the edges heard lately. `send` sends a line to an edge."""
        self._timers = timers
        self._acquaintances = acquaintances
        self._well = well
        self._send = send
        timers.arm(self, now + _EVERY_S)

    def expire(self, now: float) -> None:
        """Sends the next round."""
        self._timers.arm(self, now + _EVERY_S)
        line = self._line(now)
        for edge in self._acquaintances(now):
            self._send(edge, line, now)

    def receive(self, line: str, known: Callable[[str], bool], now: float) -> None:
        """Handles gossip. An edge in it that is not known yet gets gossip at once."""
        for name in line.split()[:_MOST_NAMED]:
            if not known(name):
                self._send(name, self._line(now), now)

    def _line(self, now: float) -> bytes:
        return " ".join(self._well(now)[:_MOST_NAMED]).encode()
