"""The folder that keeps the data between two runs."""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Final, TextIO

from local.failure import StartError
from local.store import ShapeError, Store

_SECRET_BYTES: Final = 32
# A killed run's emulator saves and ends within this time.
_ORPHANS_S: Final = 30
_POLL_S: Final = 0.05


class State:
    """The state folder, made for its owner alone. It belongs to one running service at a time.

    `lost_since` is the last save of the last run, in seconds since the epoch, if its end was not saved.
    `customer` is the demo customer's id and token. Raises StartError when the folder can't be used, or another
    run uses it. A folder of another shape raises it, too, and stays as it is.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.emulator_folder = self.folder / "emulator"
        # The emulator's data.
        self.database = self.emulator_folder / "data.sqlite3"
        self.demo_file = self.folder / "demo.json"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.emulator_folder.mkdir(mode=0o700, exist_ok=True)
            self._take()
            self._refuse_former_shape()
            with self._opened() as store:
                self.lost_since = store.saved_at()
            self.customer = _known_customer(self.demo_file)
            # The key of the edge's nonces and tokens, in hex.
            self.sip_secret = _kept_secret(self.folder / "sip-secret")
        except OSError as error:
            raise StartError(f"the state folder {folder} can't be used: {error.strerror} ({error.filename})") from None

    def log_file(self, name: str) -> Path:
        """Where the output of a child goes."""
        return self.folder / f"{name}.log"

    def begin_run(self) -> None:
        """Note in the database that a run has begun. Raises StartError when it can't be written."""
        with self._opened() as store:
            try:
                store.begin_run()
            except sqlite3.Error as error:
                raise StartError(f"the data can't be saved: {error} ({self.database})") from None

    def _take(self) -> None:
        """Hold the folder until this process ends, however it ends, and until its children have ended.

        A killed run's emulator is given the time to save its last second.
        """
        self._lock = (self.folder / "lock").open("a")
        if not _locks(self._lock, 0):
            raise StartError(f"the service already runs on the state folder {self.folder}")
        parts = (self.folder / "parts.lock").open("a")
        if not _locks(parts, _ORPHANS_S):
            raise StartError(f"parts of a killed run still use the state folder {self.folder}")
        self._parts = parts
        # For children to inherit.
        self.parts_lock = parts.fileno()

    def _refuse_former_shape(self) -> None:
        """Earlier versions kept a JSON file for each service of the emulator."""
        for path in sorted(self.emulator_folder.glob("*.json")):
            raise _broken(path)

    def _opened(self) -> closing[Store]:
        try:
            return closing(Store(self.database))
        except ShapeError as error:
            raise _broken(self.database, str(error)) from None
        except sqlite3.Error as error:
            raise StartError(f"the state folder {self.folder} can't be used: {error} ({self.database})") from None


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, at once or not at all. Then it is on the disk."""
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _locks(file: TextIO, patience_s: float) -> bool:
    """Whether this process gets the lock of an open file within the time, for which another one may need it."""
    deadline = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_S)
        else:
            return True


def _known_customer(path: Path) -> tuple[str, str] | None:
    """The demo customer's id and token as the last run has told them, if there was one.

    Raises StartError when the file holds something else.
    """
    try:
        told = json.loads(path.read_bytes())
        customer_id, token = told["customer_id"], told["token"]
    except FileNotFoundError:
        return None
    except (ValueError, LookupError, TypeError):
        raise _broken(path) from None
    if not (isinstance(customer_id, str) and isinstance(token, str)):
        raise _broken(path)
    return customer_id, token


def _kept_secret(path: Path) -> str:
    """The secret in a file, made when there is none. Raises StartError when there is something else."""
    if not path.exists():
        write_private(path, secrets.token_hex(_SECRET_BYTES))
    secret = path.read_text(errors="replace")
    if not re.fullmatch(f"[0-9a-f]{{{2 * _SECRET_BYTES}}}", secret):
        raise _broken(path)
    return secret


def _broken(path: Path, reason: str = "it is of another shape") -> StartError:
    return StartError(
        f"the state folder is broken: {path} can't be understood ({reason}); it is kept. Choose another folder by "
        "STATE_DIR=, or remove it and begin anew"
    )
