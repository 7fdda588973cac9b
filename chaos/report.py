"""Writes what an experiment has found into its part of docs/reliability.md; the prose around it stays."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from bench import interpreter
from bench.page import replace_part, table
from chaos.experiment import Experiment, Findings

_PAGE: Final = Path(__file__).parent.parent / "docs" / "reliability.md"


def write(experiment: Experiment, findings: Findings) -> None:
    """Put the figures of an experiment that held into the page."""
    python = interpreter.described().partition(" (")[0]
    machine = f"\n{os.cpu_count()} cores, shared by all processes of the experiment; {python}.\n"
    figures = table(["", ""], [[what, figure] for what, figure in findings.figures.items()])
    replace_part(_PAGE, f"make chaos: {experiment.name}", [machine, *figures])
