"""Every attack happens on every transport."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.attacks.scene import Scene
from tests.calls.office import Office
from tests.edge_process import EdgeProcess
from tests.ports import free_port
from tests.service import Service
from tests.transport.conftest import certificate_settings
from tests.transport.peers import OPEN
from tests.transport.transports import TRANSPORTS


@pytest.fixture(scope="package")
def edges(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[EdgeProcess]]:
    """Two edges with one secret."""
    with ExitStack() as running:
        edges = []
        for name in ("here", "elsewhere"):
            folder = tmp_path_factory.mktemp(name)
            settings = {**certificate_settings(folder), "WS_PORT": str(free_port())}
            edges.append(running.enter_context(EdgeProcess(service, folder, **settings)))
        for edge in edges:
            edge.wait_until_ready()
        yield edges


@pytest.fixture(scope="package", params=TRANSPORTS)
def stage(service: Service, edges: list[EdgeProcess], request: pytest.FixtureRequest) -> Iterator[Scene]:
    with Office(service) as office:
        here, elsewhere = edges
        scene = Scene(office, here, elsewhere, request.param)
        OPEN.clear()  # the victim's own outlives a test
        yield scene
        scene.victim.peer.close()
        scene.bystander.close()


@pytest.fixture
def scene(stage: Scene) -> Iterator[Scene]:
    """The scene on each transport, and a look at the victim when the attack is over."""
    yield stage
    stage.assert_unharmed()
    while OPEN:
        OPEN.pop().close()
