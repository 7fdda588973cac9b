"""What tests of several edges share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.calls.office import Office
from tests.service import Service
from tests.transport.peers import OPEN


@pytest.fixture
def office(service: Service) -> Iterator[Office]:
    with Office(service) as office:
        yield office


@pytest.fixture(autouse=True)
def close_peers() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().close()
