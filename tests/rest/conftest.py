"""Fixtures of the tests of the REST API."""

from __future__ import annotations

import pytest

from tests.rest.client import Api
from tests.service import Service


@pytest.fixture
def api(service: Service) -> Api:
    """The API of a customer who has nothing yet."""
    return Api(service.api_url, *service.new_customer())


@pytest.fixture
def other_api(service: Service) -> Api:
    """The API of another customer who has nothing yet."""
    return Api(service.api_url, *service.new_customer())
