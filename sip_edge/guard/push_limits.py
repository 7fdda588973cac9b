"""Limits on the pushes that callers cause, so that no stranger keeps a phone awake or spends an app's quota.

A call that is held sends one push. These limits count such pushes of one address by one source, and of all addresses by
one source. They also count those of one address by all sources. A source that may be forged has counts of its own, as
in `sip_edge.guard.guard`.
"""

from __future__ import annotations

from typing import Final

from sip_edge.guard.buckets import Buckets
from sip_edge.transport.flow import Flow
from sip_edge.transport.source_network import network_of

_OF_A_PAIR: Final = 5  # one caller who tries again and again
_PAIR_BACK_IN_S: Final = 30.0
_OF_A_SOURCE: Final = 30  # an office or a trunk behind one address
_SOURCE_BACK_IN_S: Final = 2.0
_OF_AN_ADDRESS: Final = 20
_ADDRESS_BACK_IN_S: Final = 5.0
_MOST: Final = 10_000


class _Counts:
    """The pushes that are left to sources of one kind."""

    __slots__ = ("addresses", "pairs", "sources")

    def __init__(self) -> None:
        self.pairs = Buckets(_OF_A_PAIR, 1 / _PAIR_BACK_IN_S, _MOST)
        self.sources = Buckets(_OF_A_SOURCE, 1 / _SOURCE_BACK_IN_S, _MOST)
        self.addresses = Buckets(_OF_AN_ADDRESS, 1 / _ADDRESS_BACK_IN_S, _MOST)


class PushLimits:
    """Decides whether a caller may wake a phone. `now` is in seconds of one clock."""

    __slots__ = ("_unproved", "_validated")

    def __init__(self) -> None:
        self._validated = _Counts()
        self._unproved = _Counts()

    def spend(self, aor: str, flow: Flow, now: float) -> bool:
        """Count a push for an address of record that a request over this flow asks for.

        Returns whether it may be sent. A push that may not be sent counts nowhere.
        """
        source = network_of(flow.host)
        counts = self._validated if flow.validated else self._unproved
        if (
            counts.pairs.is_empty((source, aor), now)
            or counts.sources.is_empty(source, now)
            or counts.addresses.is_empty(aor, now)
        ):
            return False
        counts.pairs.spend((source, aor), now)
        counts.sources.spend(source, now)
        counts.addresses.spend(aor, now)
        return True
