"""Tunes Python's garbage collector, and the return of freed memory to the system."""

from __future__ import annotations

import ctypes
import gc
from typing import Final

_M_MMAP_THRESHOLD: Final = -3  # mallopt(3)
# Larger than nearly all messages, so that the way of a message costs no system call.
_LARGE_BYTES: Final = 16 << 10


def settle_memory() -> None:
    """Excludes the objects of the start from collection, and lets the collector run seldom.

    Large blocks, which hold unfinished messages, go back to the system as soon as they are freed. Otherwise the C
    library raises its threshold with each block that is freed, and keeps what an attack took.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):  # GNU's alone has it
        libc.mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
