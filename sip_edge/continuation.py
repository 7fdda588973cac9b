"""Continuations: the steps of a request that follow when another party has answered.

That party is a store, a media relay, a resolver or a device. A request that waits hands out continuations only. So a
step that raises ends in the `fail` of its continuation, and the requester gets an answer. A lost step is ended by the
deadline of the server transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

Outcome = TypeVar("Outcome")
Earlier = TypeVar("Earlier")


class Continuation(Generic[Outcome]):
    """The next step of a request. Calling it never raises: `fail` gets the exception of the step."""

    __slots__ = ("_fail", "_step")

    def __init__(self, step: Callable[[Outcome], None], fail: Callable[[Exception], None]) -> None:
        self._step = step
        self._fail = fail

    def __call__(self, outcome: Outcome) -> None:
        """Take the step with the outcome that it has waited for."""
        try:
            self._step(outcome)
        except Exception as error:
            self._fail(error)

    def preceded_by(self, step: Callable[[Earlier], None]) -> Continuation[Earlier]:
        """A step that comes before this one, and fails as this one does."""
        return Continuation(step, self._fail)
