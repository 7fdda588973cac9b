"""The answer to a request while the directory can't answer."""

from __future__ import annotations

from random import randint
from typing import Final

from sip_edge.message.errors import RejectError

_SOONEST_S: Final = 5
_LATEST_S: Final = 15


def unavailable() -> RejectError:
    """Returns a 503 with a random Retry-After (RFC 3261 §20.33), so that not all phones try again at once."""
    return RejectError("503 Service Unavailable", f"Retry-After: {randint(_SOONEST_S, _LATEST_S)}")  # noqa: S311
