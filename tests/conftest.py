"""Fixtures of the tests of the running service."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest

from directory import client
from local.emulator import CREDENTIALS, REGION
from sip_edge.build.compiled import folder
from tests.calls.office import Office
from tests.edge_process import EdgeProcess, StartEdge
from tests.priority import give_way
from tests.push.providers import Providers
from tests.runner import Runner, wait_until_gone
from tests.service import Service
from tests.transport.peers import OPEN

_IN_MEMORY: Final = "/dev/shm"  # a folder of a random name is made in it


def pytest_configure(config: pytest.Config) -> None:
    if not config.getoption("numprocesses", None):  # its processes do so, and the programs of tests are theirs
        give_way()


def pytest_report_header() -> str:
    return f"the edge's hot modules: {'compiled' if folder().is_dir() else 'as their sources'}"


@pytest.fixture(scope="session")
def providers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Providers]:
    """The stand-ins of APNs and FCM that the service's own edge sends pushes to."""
    with Providers(tmp_path_factory.mktemp("providers")) as providers:
        yield providers


@pytest.fixture(scope="session")
def service(providers: Providers) -> Iterator[Service]:
    """The whole service on ports of its own, with a state that is thrown away.

    It is in memory where that is possible: what other tests install keeps the disk busy for seconds.
    """
    with TemporaryDirectory(dir=_IN_MEMORY if os.access(_IN_MEMORY, os.W_OK) else None) as folder:
        runner = Runner(Path(folder) / "state", None, None, None, **providers.settings)
        runner.wait_until_ready()
        yield Service(runner)
        started = runner.descendants()
        assert runner.stop() == 0, runner.log_text()
        assert not wait_until_gone(started)


@pytest.fixture
def as_an_edge(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of an edge's clients, which leads to the emulator here."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", service.endpoint)
    monkeypatch.setenv("AWS_REGION", REGION)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", CREDENTIALS.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", CREDENTIALS.secret_key)


@pytest.fixture
def start_edge(service: Service, tmp_path: Path) -> Iterator[StartEdge]:
    """Starts edges that end with the test."""
    with ExitStack() as running:

        def start(**settings: str) -> EdgeProcess:
            edge = running.enter_context(EdgeProcess(service, tmp_path, **settings))
            edge.wait_until_ready()
            return edge

        yield start


@pytest.fixture
def office(service: Service) -> Iterator[Office]:
    """A customer with extensions and phones, which all end with the test."""
    with Office(service) as office:
        yield office


@pytest.fixture(autouse=True)
def close_peers() -> Iterator[None]:
    """Connections that a test has opened to an edge are closed behind it."""
    yield
    while OPEN:
        OPEN.pop().close()


@pytest.fixture(autouse=True)
def forget_credentials() -> Iterator[None]:
    """The credentials of AWS that a test sets are no other test's."""
    yield
    client.session.cache_clear()
    client.kms.cache_clear()
