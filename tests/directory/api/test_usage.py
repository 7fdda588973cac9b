"""The counts of a customer's calls."""

from __future__ import annotations

from typing import Any

from directory.api.usage import Usage
from tests import tables


def test_each_customer_and_each_window_counts_by_itself(client: Any) -> None:
    usage = Usage(client, tables.ENVIRONMENT)
    assert [usage.count("abc123-def456", 60) for _ in range(3)] == [1, 2, 3]
    assert usage.count("abc123-def456", 120) == 1
    assert usage.count("zyx987-wvu654", 60) == 1
    assert usage.count("abc123-def456", 60) == 4
