"""A clock that a process goes by, and that can be put forward while it runs (libfaketime)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_LIBRARIES: Final = "*/faketime/libfaketimeMT.so.1"


class Clock:
    """The clock of processes that are started with `settings`; it is right until it is put forward."""

    def __init__(self, folder: Path) -> None:
        (library,) = Path("/usr/lib").glob(_LIBRARIES)
        self._file = folder / "clock"
        self.put_forward(0)
        self.settings = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            # Look at the file each time, not every ten seconds.
            "FAKETIME_NO_CACHE": "1",
        }

    def put_forward(self, seconds: int) -> None:
        """From now on it is so much ahead, of the real one."""
        unfinished = self._file.with_suffix(".new")
        unfinished.write_text(f"+{seconds}s\n")
        unfinished.replace(self._file)
