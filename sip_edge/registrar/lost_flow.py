"""A connection that ends takes its bindings with it: nobody can be reached over it any more (RFC 5626 §4.3)."""

from __future__ import annotations

from typing import Final

from directory.address_book import Conflict, ReadOutcome, Unavailable, WriteOutcome
from directory.model import Address
from sip_edge.journal import Journal
from sip_edge.registrar.memory import Memory
from sip_edge.store import Store
from sip_edge.transport.flow import Flow

_MOST_CONFLICTS: Final = 5


class LostFlows:
    """Knows which addresses are bound to which connection."""

    def __init__(self, store: Store, memory: Memory, journal: Journal) -> None:
        self._store = store
        self._memory = memory
        self._journal = journal
        self._addresses: dict[str, set[str]] = {}

    def note(self, flow: Flow, aor: str, bound: bool) -> None:
        """An address is bound to a flow, or is not any more."""
        if not flow.reliable:
            return
        if bound:
            self._addresses.setdefault(flow.name, set()).add(aor)
        elif flow.name in self._addresses:
            self._addresses[flow.name].discard(aor)
        flow.kept = bool(self._addresses.get(flow.name))

    def lose(self, flow: str) -> None:
        """The flow of that name has ended."""
        for aor in self._addresses.pop(flow, ()):
            _Removal(self._store, self._memory, self._journal, aor, flow).begin()


class _Removal:
    """The removal of one flow's bindings from one address, by the same compare-and-swap as everything else."""

    def __init__(self, store: Store, memory: Memory, journal: Journal, aor: str, flow: str) -> None:
        self._store = store
        self._memory = memory
        self._journal = journal
        self._aor = aor
        self._flow = flow
        self._conflicts = 0

    def begin(self) -> None:
        remembered = self._memory.recall(self._aor)
        if remembered is None:
            self._store.read(self._aor, self._on_read)
        else:
            self._remove(remembered)

    def _on_read(self, outcome: ReadOutcome) -> None:
        if isinstance(outcome, Address):
            self._remove(outcome)

    def _remove(self, address: Address) -> None:
        rest = tuple([b for b in address.bindings if b.flow != self._flow])
        if len(rest) < len(address.bindings):
            changed = address.with_bindings(rest, address.nonce, address.nc)
            self._store.write(changed, address.version, self._on_written)

    def _on_written(self, outcome: WriteOutcome) -> None:
        if isinstance(outcome, Address):
            self._memory.keep(outcome)
            self._journal.note("unregistered", aor=self._aor, reason="connection_lost")
        elif isinstance(outcome, Unavailable):
            # The binding stays until it expires; who calls it finds that its flow is gone.
            self._journal.trouble("directory_unavailable", reason=outcome.reason)
        elif isinstance(outcome, Conflict) and outcome.current and self._conflicts < _MOST_CONFLICTS:
            self._conflicts += 1
            self._remove(outcome.current)
