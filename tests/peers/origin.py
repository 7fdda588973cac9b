"""Names the test of another project that a test of ours tells anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Case:
    """One row of a table of cases: the other project's test, and the thing that it shows."""

    origin: str
    shows: str


def of(project: str) -> Callable[..., pytest.MarkDecorator]:
    """A decorator for the tests of a file: it takes the names of the other project's tests."""

    def origin(*names: str) -> pytest.MarkDecorator:
        return pytest.mark.origin(project, *names)

    return origin
