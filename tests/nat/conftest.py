"""The internet of the tests in this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.nat.internet import Internet, internet_of
from tests.service import Service


@pytest.fixture(scope="module")
def internet(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Internet]:
    """The network, with two edges in its public segment."""
    with internet_of(service, tmp_path_factory.mktemp("internet")) as made:
        yield made
