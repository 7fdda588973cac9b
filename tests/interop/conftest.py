"""Fixtures of the tests of all agents."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import pytest

from tests.interop.long_calls import LongCalls
from tests.interop.rows import Row
from tests.interop.switchboard import Switchboard
from tests.service import Service

FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let the fixtures know whether the test has failed."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture(scope="session")
def switchboard(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Switchboard]:
    switchboard = Switchboard(service, tmp_path_factory.mktemp("secure-edge"))
    yield switchboard
    switchboard.close()


@pytest.fixture(scope="session")
def long_calls(switchboard: Switchboard) -> LongCalls:
    return LongCalls(switchboard)


@pytest.fixture
def fresh_after_failure(request: pytest.FixtureRequest, switchboard: Switchboard, row: Row) -> Iterator[None]:
    """Replaces the phones of a failed test, whose state is unknown."""
    yield
    if request.node.stash.get(FAILED, False):
        switchboard.replace(row)
