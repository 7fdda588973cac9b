"""Limits on the requests that one source has held, so that strangers leave places to others.

A held request waits for a device (`sip_edge.proxy.targets.held_requests`). The places for all of them are bounded
(`sip_edge.registrar.bindings.awaited_registrations`).
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from sip_edge.journal import Journal
from sip_edge.transport.flow import Flow
from sip_edge.transport.source_network import network_of

_OF_A_SOURCE: Final = 100  # an office or a trunk behind one address; a tenth of an edge's places
_OF_AN_UNPROVED_SOURCE: Final = 30  # as many as it may cause pushes at once
_OF_UNPROVED_SOURCES: Final = 300  # of all together: they may be one attacker
_UNPROVED: Final = "?"


class HoldLimits:
    """Counts the places that sources have. A source that may be forged has fewer."""

    __slots__ = ("_journal", "_taken")

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._taken: Counter[str] = Counter()

    def take(self, flow: Flow) -> tuple[str, ...]:
        """Takes a place for a request that came over this flow. Returns it, () when the source has too many."""
        source, taken = network_of(flow.host), self._taken
        if flow.validated:
            places: tuple[str, ...] = (source,)
            is_full = taken[source] >= _OF_A_SOURCE
        else:
            places = (_UNPROVED + source, _UNPROVED)
            is_full = taken[places[0]] >= _OF_AN_UNPROVED_SOURCE or taken[_UNPROVED] >= _OF_UNPROVED_SOURCES
        if is_full:
            self._journal.count("hold_refused")
            return ()
        self._taken.update(places)
        return places

    def free(self, place: tuple[str, ...]) -> None:
        """Gives a place back."""
        for name in place:
            self._taken[name] -= 1
            if not self._taken[name]:
                del self._taken[name]
