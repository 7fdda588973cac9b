"""Writes the section of `docs/interop.md` on other projects' tests: `python -m tests.peers.document`."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest

from tests.peers.origin import Case

PAGE: Final = Path(__file__).parents[2] / "docs" / "interop.md"
HEADING: Final = "## Other projects' tests"
INTRODUCTION: Final = f"""\
{HEADING}

`python -m tests.peers.document` writes this section. Each row is a test in `tests/peers/` that tells a case of another
project's tests anew. A case belongs here as far as it applies to a registrar and proxy. The cases of pjsip's scripts
happen twice: to pjsua2 itself, and through the edge. Both runs have to be alike. Comments in a test say where the edge
differs from that project on purpose.

| project | its test | what ours shows |
|---|---|---|
"""


def section() -> str:
    """The section, from its heading to the end of the page."""
    return INTRODUCTION + "".join(f"| {' | '.join(row)} |\n" for row in rows())


def rows() -> Iterator[tuple[str, str, str]]:
    """Project, name of its test, and the thing shown, of every test in this folder."""
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        module = importlib.import_module(f"tests.peers.{path.stem}")
        for test in tests_of(module):
            yield from rows_of(test)


def tests_of(module: ModuleType) -> list[Callable[..., None]]:
    """The test functions of a module that have an origin, in their order."""
    return [test for test in vars(module).values() if origin_of(test)]


def origin_of(test: object) -> tuple[str, ...]:
    """The project and the names in a test's mark; empty without one."""
    marks: list[pytest.Mark] = getattr(test, "pytestmark", [])
    return next((mark.args for mark in marks if mark.name == "origin"), ())


def rows_of(test: Callable[..., None]) -> Iterator[tuple[str, str, str]]:
    """One row for a test, or one for each `Case` that it is made for."""
    project, *names = origin_of(test)
    if names:
        yield project, ", ".join(names), test.__name__.removeprefix("test_").replace("_", " ")
    for mark in test.pytestmark:  # type: ignore[attr-defined]  # pytest's own way to keep marks
        if mark.name == "parametrize":
            yield from ((project, case.origin, case.shows) for case in mark.args[1] if isinstance(case, Case))


def main() -> None:
    """Replace the section in the page, or add it."""
    PAGE.write_text(PAGE.read_text().partition(HEADING)[0].rstrip() + "\n\n" + section())


if __name__ == "__main__":
    main()
