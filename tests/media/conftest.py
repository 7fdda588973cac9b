"""What tests with real phones share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.calls.office import Office
from tests.service import Service


@pytest.fixture
def office(service: Service) -> Iterator[Office]:
    with Office(service) as office:
        yield office
