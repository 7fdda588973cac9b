"""Remembers the source addresses of recent datagrams. Behind a NAT such a source can be reached by this edge."""

from __future__ import annotations

from typing import Final

_LASTING_S: Final = 120.0  # AWS's network load balancer remembers a UDP flow for that long
_MOST: Final = 200_000

Source = tuple[str, int]


class RecentSources:
    """Remembers hosts and ports in two generations, for two to four minutes, or less when there are too many."""

    __slots__ = ("_began", "_old", "_young")

    def __init__(self) -> None:
        self._young: dict[Source, float] = {}
        self._old: dict[Source, float] = {}
        self._began = 0.0

    def note(self, source: Source, now: float) -> None:
        """Notes a datagram from a source."""
        if now - self._began > _LASTING_S or len(self._young) >= _MOST:
            self._old, self._young, self._began = self._young, {}, now
        self._young[source] = now

    def has(self, source: Source, since: float) -> bool:
        """Whether a datagram has come from a source since then."""
        return max(self._young.get(source, 0.0), self._old.get(source, 0.0)) >= since
