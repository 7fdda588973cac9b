"""What tests of the running service share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.runner import Runner, wait_until_gone
from tests.service import Service


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The whole service on ports of its own, with a state that is thrown away."""
    runner = Runner(tmp_path_factory.mktemp("service") / "state")
    runner.wait_until_ready()
    yield Service(runner)
    started = runner.descendants()
    assert runner.stop() == 0, runner.log_text()
    assert not wait_until_gone(started)
