"""The run of a rehearsal: its steps one after the other, and the way back over all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from rehearsal.interruption import Interruption
from rehearsal.state import Outcome, State
from rehearsal.step import CLEAN, Left, Step
from sipctl.aws import reason
from sipctl.failure import FailedError

NOT_TRIED: Final = "not tried here"
_HOUR_S: Final = 3600


class Rehearsal:
    """Steps with a state. `tell` hears of progress, `hours` limit all steps but the cleaning up."""

    def __init__(
        self,
        steps: Sequence[Step],
        state: State,
        interruption: Interruption,
        *,
        is_emulated: bool,
        hours: float,
        tell: Callable[[str], None],
    ) -> None:
        self._steps = steps
        self._state = state
        self._interruption = interruption
        self._is_emulated = is_emulated
        self._ends_at = state.began + hours * _HOUR_S
        self._tell = tell

    def go(self) -> bool:
        """Do all steps that are not done yet, up to the first that fails. Returns whether none has failed.

        Raises KeyboardInterrupt.
        """
        return all(self._do(step) for step in self._steps)

    def clean_up(self) -> list[Left]:
        """Undo all steps that have begun, the last one first. Returns what is left.

        A step that can't be undone stops no other. An interruption ends the undoing, and what is left is told.
        """
        is_interrupted = False
        for step in reversed(self._steps):
            if step.name not in self._state.begun or is_interrupted:
                continue
            try:
                self._undo(step)
            except KeyboardInterrupt:
                is_interrupted = True
        return [left for step in self._steps for left in self._left(step)]

    def _do(self, step: Step) -> bool:
        if step.lasts and self._state.is_done(step.name):
            return True
        if step.needs_aws and self._is_emulated:
            self._end(Outcome(step.name, NOT_TRIED, figures={"reason": "an emulator can't do it"}))
            return True
        began = time.time()
        if began >= self._ends_at:
            self._end(Outcome(step.name, "failed", figures={"reason": "the hours are over"}))
            return False
        self._tell(f"{step.name} ...")
        self._state.begin(step.name)
        try:
            figures = step.do()
            self._interruption.check()
        except Exception as error:  # for any reason, all is undone afterwards
            self._end(Outcome(step.name, "failed", round(time.time() - began), {"reason": _words(error)}))
            return False
        except KeyboardInterrupt:
            self._end(Outcome(step.name, "failed", round(time.time() - began), {"reason": "interrupted"}))
            raise
        self._end(Outcome(step.name, "done", round(time.time() - began), dict(figures)))
        return True

    def _undo(self, step: Step) -> None:
        self._tell(f"undo {step.name} ...")
        began = time.time()
        try:
            figures = step.undo()
        except Exception as error:  # for any reason, the steps before it are still to be undone
            self._end(Outcome(step.name, "not undone", round(time.time() - began), {"reason": _words(error)}))
        except KeyboardInterrupt:
            self._end(Outcome(step.name, "not undone", round(time.time() - began), {"reason": "interrupted"}))
            raise
        else:
            self._state.end(step.name)
            self._end(Outcome(step.name, "undone", round(time.time() - began), dict(figures)))

    def _left(self, step: Step) -> list[Left]:
        """The resources of a step. When AWS can't be asked, all that it has begun counts as left."""
        try:
            return step.left()
        except Exception as error:  # for any reason, the rest is still to be told
            return [Left(f"perhaps resources of {step.name}: {_words(error)}", CLEAN)]

    def _end(self, outcome: Outcome) -> None:
        self._state.add(outcome)
        told = ", ".join(f"{name}: {value}" for name, value in outcome.figures.items())
        self._tell(f"{outcome.step}: {outcome.result}{told and f' ({told})'}")


def _words(error: Exception) -> str:
    if isinstance(error, FailedError):
        return str(error.problem["detail"])
    if isinstance(error, ClientError | BotoCoreError):
        return reason(error)
    return f"{type(error).__name__}: {error}"
