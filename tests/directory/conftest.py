"""Fixtures of the tests of the directory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from directory.api.access_keys import AccessKeys
from directory.api.customers import Customers
from directory.api.extensions import Extensions
from tests import tables


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with tables.empty() as client:
        yield client


@pytest.fixture
def extensions(client: Any) -> Extensions:
    return Extensions(client, tables.ENVIRONMENT, "example.net")


@pytest.fixture
def access_keys(client: Any) -> AccessKeys:
    return AccessKeys(client, tables.ENVIRONMENT)


@pytest.fixture
def customers(client: Any) -> Customers:
    return Customers(client, tables.ENVIRONMENT)


@pytest.fixture
def customer_id(customers: Customers) -> str:
    return customers.create("One").customer_id


@pytest.fixture
def other_customer_id(customers: Customers) -> str:
    return customers.create("Other").customer_id
