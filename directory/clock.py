"""The form in which the API writes times."""

from __future__ import annotations

from datetime import UTC, datetime


def timestamp(seconds: float | None = None) -> str:
    """A time in seconds since the epoch, now by default, as `2024-01-15T10:30:00Z`."""
    when = datetime.now(UTC) if seconds is None else datetime.fromtimestamp(seconds, UTC)
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def precise_timestamp(seconds: float) -> str:
    """A time in seconds since the epoch to the millisecond, as `2024-01-15T10:30:00.123Z`."""
    when = datetime.fromtimestamp(int(seconds * 1000) / 1000, UTC)
    return when.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
