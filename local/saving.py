"""Saving the emulator's data while it runs, and when it ends."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from typing import Final

from local.emulator_state import EmulatorState
from local.store import Changes, Store

# Twice in the second within which a write reaches the disk.
_PAUSE_S: Final = 0.4


class Saving:
    """Writes what changes in the emulator to the store. `tell` gets a line when saving begins to fail, and recovers."""

    def __init__(self, state: EmulatorState, store: Store, tell: Callable[[str], None]) -> None:
        self._state = state
        self._store = store
        self._tell = tell
        self._unsaved = Changes()
        self._in_flight = Changes()
        self._asked = False
        self._fails = False

    def begin(self) -> None:
        """Fill the emulator, and save what changes from now on. Raises SystemExit when the data can't be understood."""
        try:
            self._state.load(self._store)
        except Exception as error:
            # The emulator would go on with a part of the data, and that part would be saved in the place of all.
            raise SystemExit(f"the data can't be understood: {error!r}") from error
        self._task = asyncio.get_running_loop().create_task(self._save_repeatedly())

    def note_request(self) -> None:
        """Note that a service other than DynamoDB has been asked for something, and may have changed."""
        self._asked = True

    def end(self) -> None:
        """Save all. Raises sqlite3.Error when the disk refuses.

        A deployment that has not ended is left out with all later changes: the next run repeats it.
        """
        self._task.cancel()
        unsaved = self._in_flight.followed_by(self._unsaved)
        if not self._state.is_deploying():
            self._state.add_changes(unsaved, services=True, at_the_end=True)
        self._store.commit(unsaved, complete=True)

    async def _save_repeatedly(self) -> None:
        while True:
            await asyncio.sleep(_PAUSE_S)
            try:
                self._gather()
                if self._unsaved:
                    await self._commit()
            except (sqlite3.Error, OSError, RuntimeError) as error:
                if not self._fails:
                    self._tell(f"the data can't be saved ({error}): it is tried again, and lost if all ends before")
                self._fails = True
            else:
                if self._fails:
                    self._tell("the data is saved again, and nothing is lost")
                self._fails = False

    def _gather(self) -> None:
        if self._state.is_deploying() or not (self._asked or self._state.has_touched_items()):
            return
        before = len(self._unsaved.services)
        self._state.add_changes(self._unsaved, services=self._asked)
        # After a change another one may follow that no request shows, such as a message that is taken from a queue.
        self._asked = self._asked and len(self._unsaved.services) > before

    async def _commit(self) -> None:
        self._in_flight, self._unsaved = self._unsaved, Changes()
        try:
            await asyncio.to_thread(self._store.commit, self._in_flight)
        except sqlite3.Error:
            self._unsaved = self._in_flight.followed_by(self._unsaved)
            raise
        finally:
            self._in_flight = Changes()
