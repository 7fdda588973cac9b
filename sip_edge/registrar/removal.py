"""The removal of bindings that are of no use any more, by the same compare-and-swap as everything else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from directory.address_book import Conflict, ReadOutcome, Unavailable, WriteOutcome
from directory.model import Address, Binding
from sip_edge.journal import Journal
from sip_edge.registrar.memory import Memory
from sip_edge.store import Store

_MOST_CONFLICTS: Final = 5


class Removal:
    """Takes those bindings that `goes` is true of from one address; `reason` is for the log."""

    def __init__(
        self,
        store: Store,
        memory: Memory,
        journal: Journal,
        aor: str,
        goes: Callable[[Binding], bool],
        reason: str,
    ) -> None:
        self._store = store
        self._memory = memory
        self._journal = journal
        self._aor = aor
        self._goes = goes
        self._reason = reason
        self._conflicts = 0

    def begin(self) -> None:
        """Decide by memory when it knows the address: what it knows wrongly, the write finds out."""
        remembered = self._memory.recall(self._aor)
        if remembered is None:
            self._store.read(self._aor, self._on_read)
        else:
            self._remove(remembered)

    def _on_read(self, outcome: ReadOutcome) -> None:
        if isinstance(outcome, Address):
            self._remove(outcome)

    def _remove(self, address: Address) -> None:
        rest = tuple([b for b in address.bindings if not self._goes(b)])
        if len(rest) < len(address.bindings):
            changed = address.with_bindings(rest, address.nonce, address.nc)
            self._store.write(changed, address.version, self._on_written)

    def _on_written(self, outcome: WriteOutcome) -> None:
        if isinstance(outcome, Address):
            self._memory.keep(outcome)
            self._journal.note("unregistered", aor=self._aor, reason=self._reason)
        elif isinstance(outcome, Unavailable):
            # The binding stays until the next write; who calls it finds that its flow is gone, or its time over.
            self._journal.trouble("directory_unavailable", reason=outcome.reason)
        elif isinstance(outcome, Conflict) and outcome.current and self._conflicts < _MOST_CONFLICTS:
            self._conflicts += 1
            self._remove(outcome.current)
