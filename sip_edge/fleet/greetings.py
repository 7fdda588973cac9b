"""How edges get to know each other: whoever knows some tells them of the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sip_edge.transaction.timers import Timed, Timers

_EVERY_S: Final = 10.0
_MOST_NAMED: Final = 64


class Greetings(Timed):
    """Sends all acquaintances the names of those that are well, every ten seconds.

    Nobody need be told of any other edge: the first names come from bindings and route tokens. Who was silent is
    greeted as well, so that no call has to find out that it is back.
    """

    __slots__ = ("_acquaintances", "_greet", "_timers", "_well")

    def __init__(
        self,
        timers: Timers,
        acquaintances: Callable[[float], set[str]],
        well: Callable[[float], list[str]],
        greet: Callable[[str, bytes, float], None],
        now: float,
    ) -> None:
        """`acquaintances` gives all whom to greet, `well` those heard lately; `greet` sends a line to an edge."""
        self._timers = timers
        self._acquaintances = acquaintances
        self._well = well
        self._greet = greet
        timers.arm(self, now + _EVERY_S)

    def expire(self, now: float) -> None:
        """It is time for a greeting."""
        self._timers.arm(self, now + _EVERY_S)
        line = self._line(now)
        for edge in self._acquaintances(now):
            self._greet(edge, line, now)

    def receive(self, line: str, known: Callable[[str], bool], now: float) -> None:
        """A greeting has come. Whom it names that is not known yet is greeted at once."""
        for name in line.split()[:_MOST_NAMED]:
            if not known(name):
                self._greet(name, self._line(now), now)

    def _line(self, now: float) -> bytes:
        return " ".join(self._well(now)[:_MOST_NAMED]).encode()
