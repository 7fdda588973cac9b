"""The report of a rehearsal, as a page of Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from rehearsal.state import Outcome, State
from rehearsal.step import Left


def report(state: State, left: Sequence[Left], most_usd: int) -> str:
    """Returns the page: each step with its figures, and what is left."""
    began = datetime.fromtimestamp(state.began, UTC)
    lines = [
        f"# Rehearsal of {state.environment}",
        "",
        f"Account {state.account}, {state.region}, begun {began:%Y-%m-%d %H:%M} UTC, at most ${most_usd}.",
        "",
        "| step | outcome | seconds | figures |",
        "|---|---|---|---|",
        *map(_row, state.outcomes),
        "",
        "## Left",
        "",
        *([f"- {each.name}: `{each.command}`" for each in left] or ["Nothing."]),
    ]
    return "\n".join(lines) + "\n"


def _row(outcome: Outcome) -> str:
    figures = ", ".join(f"{name}: {value}" for name, value in outcome.figures.items())
    return f"| {outcome.step} | {outcome.result} | {outcome.seconds} | {figures.replace('|', '/')} |"
