"""A step that is one command of sipctl."""

from __future__ import annotations

from rehearsal.program import Sipctl
from rehearsal.step import Figures, Step


class Command(Step):
    """Runs a command that has to succeed. `arguments` begin with its name."""

    needs_aws = True

    def __init__(self, sipctl: Sipctl, *arguments: str, name: str = "") -> None:
        self.name = name or arguments[0]
        self._sipctl = sipctl
        self._arguments = arguments

    def do(self) -> Figures:
        """Run it."""
        self._sipctl.run(*self._arguments)
        return {}
