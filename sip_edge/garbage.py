"""When Python looks for garbage."""

from __future__ import annotations

import gc


def settle_memory() -> None:
    """What start-up made stays for good: the collector need not look at it again, nor at every few hundred messages."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
