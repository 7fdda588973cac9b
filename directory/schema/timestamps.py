"""The form in which the API writes times."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import lru_cache


def timestamp(seconds: float | None = None) -> str:
    """A time in seconds since the epoch, now by default, as `2024-01-15T10:30:00Z`."""
    return _of_second(int(time.time() if seconds is None else seconds))


@lru_cache(maxsize=256)  # much happens in one second, and to a call much that names the second of its beginning
def _of_second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def precise_timestamp(seconds: float) -> str:
    """A time in seconds since the epoch to the millisecond, as `2024-01-15T10:30:00.123Z`."""
    when = datetime.fromtimestamp(int(seconds * 1000) / 1000, UTC)
    return when.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
