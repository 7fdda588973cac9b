"""Limits a customer's calls, and tells the limit in every answer (draft-ietf-httpapi-ratelimit-headers-10).

The authorizer counts, since it sees each call of a customer first; the functions refuse and tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from lambdas.problem import Problem, RefusedError

if TYPE_CHECKING:
    from directory.api.usage import Usage

CALLS: Final = 3000
WINDOW_S: Final = 60
_POLICY: Final = f'"customer";q={CALLS};w={WINDOW_S}'


def count(usage: Usage, customer_id: str, now: float) -> dict[str, int]:
    """Count a call, and return what the functions have to know: how many are left, and for how many seconds."""
    passed = int(now) % WINDOW_S
    used = usage.count(customer_id, int(now) - passed)
    return {"calls_left": CALLS - used, "calls_for_s": WINDOW_S - passed}


def check(authorized: Mapping[str, Any]) -> None:
    """Let a call through, by what the authorizer has said. Raises RefusedError with 429 for one that is too many."""
    if int(authorized.get("calls_left", 0)) < 0:
        raise RefusedError(
            Problem(
                HTTPStatus.TOO_MANY_REQUESTS,
                "too_many_requests",
                f"The customer has made its {CALLS} calls of this minute.",
                retry_after_s=int(authorized["calls_for_s"]),
            )
        )


def headers(authorized: Mapping[str, Any]) -> dict[str, list[str]]:
    """Returns the RateLimit headers of an answer. Operators are not counted, and get none."""
    if "calls_left" not in authorized:
        return {}
    left, seconds = max(0, int(authorized["calls_left"])), int(authorized["calls_for_s"])
    return {"RateLimit-Policy": [_POLICY], "RateLimit": [f'"customer";r={left};t={seconds}']}
