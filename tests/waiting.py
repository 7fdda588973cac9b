"""Waiting for what comes about by itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeVar

Found = TypeVar("Found")
_PAUSE_S: Final = 0.02


def wait_until(
    condition: Callable[[], Found | None], what: str, timeout_s: float = 20, then_tell: Callable[[], object] = str
) -> Found:
    """Returns the condition's value as soon as that is true. Fails the test when time is up, and tells `then_tell`."""
    deadline = time.monotonic() + timeout_s
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not in {timeout_s} s: {what}\n{then_tell()}"
        time.sleep(_PAUSE_S)
    return found
