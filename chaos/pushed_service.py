"""`python -m local` with stand-ins of APNs and FCM, for experiments with real phones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.push.providers import Providers
from tests.runner import Runner
from tests.service import Service


@contextmanager
def pushed_service(folder: Path) -> Iterator[tuple[Service, Providers]]:
    """The running service and the stand-ins. Fails when the service does not start."""
    with Providers(folder / "providers") as providers:
        runner = Runner(folder / "state", None, None, None, **providers.settings)
        try:
            runner.wait_until_ready()
            yield Service(runner), providers
        finally:
            runner.stop()
