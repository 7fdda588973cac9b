"""An attempt to register, as the API gives it."""

from __future__ import annotations

from typing_extensions import TypedDict

from directory.schema.reasons import EXPLANATIONS, Outcome, Reason
from directory.schema.records import Attempt
from directory.schema.timestamps import timestamp


class AttemptAnswer(TypedDict):
    """Attempts to register that were all alike: `count` of them from `tm_first` to `tm_last`, within a few minutes.

    `source`, `transport`, `user_agent` and `call_id` are those of the last one. `reason` is a name that never changes,
    `advice` one sentence for people. Times are `2024-01-15T10:30:00Z`.
    """

    username: str
    outcome: Outcome
    reason: Reason
    advice: str
    source: str
    transport: str
    user_agent: str
    call_id: str
    count: int
    tm_first: str
    tm_last: str


class UnassignedAttemptAnswer(AttemptAnswer):
    """Attempts that were at no customer's domain, but at `domain`."""

    domain: str


def attempt_answer(attempt: Attempt) -> AttemptAnswer:
    """The answer that shows an attempt, with advice."""
    reason = Reason(attempt.reason)
    outcome, advice = EXPLANATIONS[reason]
    return {
        "username": attempt.username,
        "outcome": outcome,
        "reason": reason,
        "advice": advice,
        "source": attempt.source,
        "transport": attempt.transport,
        "user_agent": attempt.user_agent,
        "call_id": attempt.call_id,
        "count": attempt.count,
        "tm_first": timestamp(attempt.first),
        "tm_last": timestamp(attempt.last),
    }


def unassigned_attempt_answer(attempt: Attempt) -> UnassignedAttemptAnswer:
    """Returns the answer that shows an unassigned attempt, with advice."""
    return {**attempt_answer(attempt), "domain": attempt.aor.partition("@")[2]}
