"""Fixtures of the tests of the local service."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.runner import STARTED


@pytest.fixture(autouse=True)
def no_runner_stays() -> Iterator[None]:
    """A test that fails between a start and its end must not leave the service running."""
    before = len(STARTED)
    yield
    for runner in STARTED[before:]:
        if runner.process.poll() is None:
            runner.stop()
