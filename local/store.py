"""The file that keeps the emulator's data: an SQLite database, written in transactions while the service runs."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

# "SIPE": by this number SQLite's header tells this file from other programs' databases.
_APPLICATION_ID: Final = 0x53495045
# The number of this shape of the tables. A change of their columns takes the next one.
_SHAPE: Final = 1
_TABLES: Final = """
CREATE TABLE services (name TEXT PRIMARY KEY, state TEXT NOT NULL);
CREATE TABLE items (key TEXT PRIMARY KEY, item TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE run (saved_at REAL NOT NULL, complete INTEGER NOT NULL);
INSERT INTO run VALUES (strftime('%s', 'now'), 1);
"""


class ShapeError(Exception):
    """The file is no database of this shape, or it is damaged."""


@dataclass(slots=True)
class Changes:
    """States of services by their names, and items by their keys; an item that is gone is None."""

    services: dict[str, str] = field(default_factory=dict)
    items: dict[str, str | None] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.services or self.items)

    def followed_by(self, later: Changes) -> Changes:
        """These changes and later ones as one."""
        return Changes(self.services | later.services, self.items | later.items)


class Store:
    """An open database. Its methods raise sqlite3.Error when the disk refuses; the file then stays as it was."""

    def __init__(self, path: Path) -> None:
        """Open the database, which is made if there is none. Raises ShapeError and sqlite3.Error."""
        if not path.exists():
            _create(path)
        self._connection = sqlite3.connect(path, check_same_thread=False)
        self._lock = threading.Lock()
        try:
            self._check_shape()
        except (ShapeError, sqlite3.Error):
            self.close()
            raise
        # A commit reaches the disk before it counts as done.
        self._connection.execute("PRAGMA synchronous = FULL")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def services(self) -> dict[str, str]:
        """The stored states by the services' names."""
        return dict(self._connection.execute("SELECT name, state FROM services"))

    def items(self) -> Iterator[tuple[str, str]]:
        """The key and the content of each stored item."""
        yield from self._connection.execute("SELECT key, item FROM items")

    def saved_at(self) -> float | None:
        """The time of the last commit in seconds since the epoch, when the last run has not ended completely."""
        saved_at, complete = self._connection.execute("SELECT saved_at, complete FROM run").fetchone()
        return None if complete else float(saved_at)

    def begin_run(self) -> None:
        """Note that a run has begun. The file counts as incomplete until the commit that ends the run."""
        with self._lock, self._connection as transaction:
            transaction.execute("UPDATE run SET complete = 0")

    def commit(self, changes: Changes, *, complete: bool = False) -> None:
        """Write all changes, or none; `complete` marks the end of the run."""
        gone = [(key,) for key, item in changes.items.items() if item is None]
        kept = [(key, item) for key, item in changes.items.items() if item is not None]
        with self._lock, self._connection as transaction:
            transaction.executemany("REPLACE INTO services VALUES (?, ?)", changes.services.items())
            transaction.executemany("REPLACE INTO items VALUES (?, ?)", kept)
            transaction.executemany("DELETE FROM items WHERE key = ?", gone)
            transaction.execute("UPDATE run SET saved_at = ?, complete = ?", (time.time(), complete))

    def _check_shape(self) -> None:
        try:
            found = {name: self._pragma(name) for name in ("application_id", "user_version", "quick_check")}
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:
            raise ShapeError(str(error)) from None
        if found != {"application_id": _APPLICATION_ID, "user_version": _SHAPE, "quick_check": "ok"}:
            raise ShapeError(_described(found))

    def _pragma(self, name: str) -> object:
        with closing(self._connection.execute(f"PRAGMA {name}")) as rows:
            return rows.fetchone()[0]


def _create(path: Path) -> None:
    """Make an empty database, at once or not at all: an empty file in its place is a damaged one."""
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    numbers = f"PRAGMA application_id = {_APPLICATION_ID}; PRAGMA user_version = {_SHAPE};"
    with closing(sqlite3.connect(unfinished)) as connection:
        connection.executescript(f"BEGIN; {numbers} {_TABLES} COMMIT;")
    unfinished.replace(path)


def _described(found: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in found.items())
