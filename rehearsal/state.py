"""The state of a rehearsal in a file, so that another process can go on or clean up."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sipctl.failure import FailedError


@dataclass(slots=True)
class Outcome:
    """The end of a step: `done`, `failed`, `undone`, `not undone` or `not tried here`."""

    step: str
    result: str
    seconds: int = 0
    figures: dict[str, str | int] = field(default_factory=dict)


@dataclass(slots=True)
class State:
    """A rehearsal so far. `began` is in seconds since the epoch.

    `begun` has the names of steps that may have to be undone. `notes` has values that a step needs to undo itself.
    """

    path: Path
    environment: str
    account: str
    region: str
    began: float
    begun: list[str] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    notes: dict[str, dict[str, Any]] = field(default_factory=dict)

    def is_done(self, step: str) -> bool:
        """Whether a step was done by this rehearsal."""
        return any(outcome.step == step and outcome.result == "done" for outcome in self.outcomes)

    def add(self, outcome: Outcome) -> None:
        """Note the end of a step."""
        self.outcomes.append(outcome)
        self.save()

    def begin(self, step: str) -> None:
        """Note that a step begins."""
        if step not in self.begun:
            self.begun.append(step)
        self.save()

    def end(self, step: str) -> None:
        """Note that nothing of a step is left."""
        self.begun.remove(step)
        self.save()

    def note(self, step: str, **values: Any) -> None:
        """Keep values of a step, before it makes the things that they name."""
        self.notes.setdefault(step, {}).update(values)
        self.save()

    def noted(self, step: str) -> dict[str, Any]:
        """The values that a step has kept."""
        return self.notes.get(step, {})

    def save(self) -> None:
        """Write the file anew. It is whole at each moment."""
        written = self.path.with_name(f"{self.path.name}.new")
        values = {name: value for name, value in asdict(self).items() if name != "path"}
        written.write_text(json.dumps(values, indent=2))
        written.replace(self.path)


def read(path: Path) -> State | None:
    """The state in a file, None without one. Raises FailedError for another file."""
    try:
        values = json.loads(path.read_bytes())
        outcomes = [Outcome(**outcome) for outcome in values.pop("outcomes")]
        return State(path, outcomes=outcomes, **values)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise FailedError({"code": "not_read", "detail": f"{path} is no state of a rehearsal."}) from None
