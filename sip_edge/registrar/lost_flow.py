"""A connection that ends takes its bindings with it: nobody can be reached over it any more (RFC 5626 §4.3)."""

from __future__ import annotations

from sip_edge.journal import Journal
from sip_edge.registrar.memory import Memory
from sip_edge.registrar.removal import Removal
from sip_edge.store import Store
from sip_edge.transport.flow import Flow


class LostFlows:
    """Knows which addresses are bound to which connection."""

    def __init__(self, store: Store, memory: Memory, journal: Journal) -> None:
        self._store = store
        self._memory = memory
        self._journal = journal
        self._addresses: dict[str, set[str]] = {}

    def __len__(self) -> int:
        """How many addresses are bound to connections."""
        return sum(map(len, self._addresses.values()))

    def note(self, flow: Flow, aor: str, bound: bool) -> None:
        """An address is bound to a flow, or is not any more."""
        if not flow.reliable:
            return
        if bound:
            self._addresses.setdefault(flow.name, set()).add(aor)
        elif flow.name in self._addresses:
            self._addresses[flow.name].discard(aor)
        flow.kept = bool(self._addresses.get(flow.name))

    def has_registered(self, flow: Flow) -> bool:
        """Returns whether an address was bound to this connection, though it may not be any more."""
        return flow.name in self._addresses

    def lose(self, flow: str) -> None:
        """The flow of that name has ended."""
        for aor in self._addresses.pop(flow, ()):
            Removal(self._store, self._memory, self._journal, aor, lambda b: b.flow == flow, "connection_lost").begin()
