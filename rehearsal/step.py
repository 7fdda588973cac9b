"""A step of a rehearsal: it is done, may be undone, and tells the resources that it leaves."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Final, NamedTuple

CLEAN: Final = "the same command with --clean"
Figures = Mapping[str, str | int]


class Left(NamedTuple):
    """A resource that is still there, and the command that removes it."""

    name: str
    command: str


class Step(ABC):
    """One step. `needs_aws` tells that no emulator can do it.

    The effect of a step that `lasts` outlives the process. After an interruption such a step is not done again.
    """

    name: str
    needs_aws = False
    lasts = True

    @abstractmethod
    def do(self) -> Figures:
        """Do it, and return figures for the report. Raises FailedError, and errors of botocore."""

    def undo(self) -> Figures:
        """Take its effects back, also when it was done in part or never. Raises the same errors."""
        return {}

    def left(self) -> list[Left]:
        """The resources that are still there after `undo`."""
        return []
