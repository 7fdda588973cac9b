"""From where datagrams came lately: who has sent one to this edge can be reached from here."""

from __future__ import annotations

from typing import Final

_LASTING_S: Final = 120.0  # so long AWS's network load balancer remembers a UDP flow
_MOST: Final = 200_000

Place = tuple[str, int]


class RecentSources:
    """Remembers hosts and ports in two generations, for two to four minutes, or less when there are too many."""

    __slots__ = ("_began", "_old", "_young")

    def __init__(self) -> None:
        self._young: dict[Place, float] = {}
        self._old: dict[Place, float] = {}
        self._began = 0.0

    def note(self, place: Place, now: float) -> None:
        """Something came from there."""
        if now - self._began > _LASTING_S or len(self._young) >= _MOST:
            self._old, self._young, self._began = self._young, {}, now
        self._young[place] = now

    def has(self, place: Place, since: float) -> bool:
        """Whether something has come from there since then."""
        return max(self._young.get(place, 0.0), self._old.get(place, 0.0)) >= since
