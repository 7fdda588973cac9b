"""Folders that are named by all that goes into them, and so need to be made only once."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

_KEPT_S: Final = 24 * 3600


def cached_folder(folder: Path, make: Callable[[Path], None]) -> Path:
    """The folder, made by `make` unless it is there: whole, or not at all.

    Making one deletes older ones beside it, with the same name before the last hyphen, after a day. Raises what `make`
    raises.
    """
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as workshop:
            made = Path(workshop) / "made"
            make(made)
            try:
                made.rename(folder)
            except OSError:
                # Another process was faster, and has made the same.
                if not folder.exists():
                    raise
        _forget_older(folder)
    return folder


def _forget_older(folder: Path) -> None:
    kind, _, _ = folder.name.rpartition("-")
    for other in folder.parent.glob(f"{kind}-*"):
        with suppress(OSError):  # another process forgets it at the same time
            if other.stat().st_mtime < time.time() - _KEPT_S:
                shutil.rmtree(other)
