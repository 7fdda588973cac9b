"""Limits the connections, and the bytes that they hold, in all and from one source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Final, Protocol

from sip_edge.transport.limits.byte_budget import ByteBudget, Holder

# A phone's message has 1 to 4 KB, and most arrive whole. A thousand phones behind one address that send in the same
# moment over a bad network need less than a source may hold.
_MOST_BYTES: Final = 16 << 20
_MOST_BYTES_OF_A_SOURCE: Final = 4 << 20


class Counted(Holder, Protocol):
    """A connection as the limits know it."""

    def close(self) -> None:
        """Ends the connection when everything is sent."""


class ConnectionLimits:
    """Counts connections and the bytes that they hold.

    A source is an address or network (`network_of`), and "" stands for all whose source is not known yet.
    """

    def __init__(self, most: int, most_of_a_source: int, shed: Callable[[str], None]) -> None:
        """`most` is the greatest number of connections. `shed` gets the name of each limit that ends one."""
        self._most = most
        self._most_of_a_source = most_of_a_source
        self.shed = shed
        self._open: set[Counted] = set()
        self._sources: Counter[str] = Counter()
        self._bytes = ByteBudget(_MOST_BYTES, partial(shed, "shed_held_bytes"))
        self._bytes_of_sources: dict[str, ByteBudget] = {}

    def __len__(self) -> int:
        """Returns the number of connections, with those whose source is not known yet."""
        return len(self._open)

    def enter(self, connection: Counted) -> bool:
        """Counts a connection that was accepted. Returns whether there is room for it."""
        if len(self._open) >= self._most:
            self.shed("shed_connections")
            return False
        self._open.add(connection)
        return True

    def enter_source(self, source: str) -> bool:
        """Counts a connection against its source. Returns whether there is room for it."""
        if self._sources[source] >= self._most_of_a_source:
            self.shed("shed_connections_of_a_source")
            return False
        self._sources[source] += 1
        return True

    def leave(self, connection: Counted) -> None:
        """Ends counting a connection."""
        self._open.discard(connection)

    def leave_source(self, source: str) -> None:
        """Ends counting a connection against its source."""
        self._sources[source] -= 1
        if not self._sources[source]:
            del self._sources[source]

    def hold(self, connection: Counted, source: str, size: int) -> None:
        """Notes that a connection holds `size` bytes in all. Ends the oldest holders when these are too many."""
        of_source = self._bytes_of_sources.get(source)
        if of_source is None:
            if not size:
                return
            shed = partial(self.shed, "shed_held_bytes_of_a_source")
            of_source = self._bytes_of_sources[source] = ByteBudget(_MOST_BYTES_OF_A_SOURCE, shed)
        self._bytes.hold(connection, size)
        of_source.hold(connection, size)
        if not of_source:
            del self._bytes_of_sources[source]

    def close(self) -> None:
        """Ends all connections when everything is sent."""
        for connection in list(self._open):
            connection.close()
