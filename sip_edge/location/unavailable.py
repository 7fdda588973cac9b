"""What to answer when the directory can't."""

from __future__ import annotations

from random import randint
from typing import Final

from sip_edge.message.errors import RejectError

_SOONEST_S: Final = 5
_LATEST_S: Final = 15


def unavailable() -> RejectError:
    """A 503 that says when to come again (RFC 3261 §20.33): not all at once."""
    return RejectError("503 Service Unavailable", f"Retry-After: {randint(_SOONEST_S, _LATEST_S)}")  # noqa: S311
