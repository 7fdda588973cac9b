"""An edge that reaches its tables through an endpoint that may fail."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.edge_process import EdgeProcess
from tests.outage.unreliable_endpoint import UnreliableEndpoint
from tests.service import Service


@pytest.fixture(scope="module")
def endpoint(service: Service) -> Iterator[UnreliableEndpoint]:
    with UnreliableEndpoint(service.endpoint) as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def edge(
    service: Service, endpoint: UnreliableEndpoint, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[EdgeProcess]:
    """One edge for all tests: it has to get over each trouble by itself."""
    with EdgeProcess(service, tmp_path_factory.mktemp("edge"), AWS_ENDPOINT_URL=endpoint.url) as edge:
        edge.wait_until_ready()
        yield edge
