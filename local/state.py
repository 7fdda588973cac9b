"""The folder that keeps the data between two runs."""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
from pathlib import Path
from typing import Final

from local.failure import StartError

_SECRET_BYTES: Final = 32


class State:
    """The state folder, made for its owner alone. It belongs to one running service at a time.

    Raises StartError when the folder can't be used, is used by another run, or holds something that is broken.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        # What the emulator saves when it ends, one JSON file a service.
        self.emulator_folder = self.folder / "emulator"
        self.demo_file = self.folder / "demo.json"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.emulator_folder.mkdir(mode=0o700, exist_ok=True)
            self._take()
            self._check()
            # The key of the edge's nonces and tokens, in hex.
            self.sip_secret = _kept_secret(self.folder / "sip-secret")
        except OSError as error:
            raise StartError(f"the state folder {folder} can't be used: {error.strerror} ({error.filename})") from None

    def log_file(self, name: str) -> Path:
        """Where the output of a child goes."""
        return self.folder / f"{name}.log"

    def _take(self) -> None:
        """Hold the folder until this process ends, however it ends."""
        self._lock = (self.folder / "lock").open("a")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StartError(f"the service already runs on the state folder {self.folder}") from None

    def _check(self) -> None:
        """The emulator would go on with nothing in place of a file that it can't read, so it is not let near one."""
        for path in (*self.folder.glob(self.demo_file.name), *self.emulator_folder.glob("*.json")):
            read_json(path)


def read_json(path: Path) -> dict[str, object]:
    """The object in a file of the state folder. Raises StartError when there is something else."""
    try:
        content = json.loads(path.read_bytes())
    except ValueError:
        raise _broken(path) from None
    if not isinstance(content, dict):
        raise _broken(path)
    return content


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, at once or not at all."""
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    unfinished.replace(path)


def _kept_secret(path: Path) -> str:
    """The secret in a file, made when there is none. Raises StartError when there is something else."""
    if not path.exists():
        write_private(path, secrets.token_hex(_SECRET_BYTES))
    secret = path.read_text(errors="replace")
    if not re.fullmatch(f"[0-9a-f]{{{2 * _SECRET_BYTES}}}", secret):
        raise _broken(path)
    return secret


def _broken(path: Path) -> StartError:
    return StartError(f"the state folder is broken: {path} can't be understood; without the folder all begins anew")
