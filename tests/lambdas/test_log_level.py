"""The log level of running functions."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import pytest

from tests import tables
from tests.lambdas.gateway import Gateway


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The time of day and of the functions' own clock, to set."""
    clock = SimpleNamespace(now=2_000_000_000.0)
    watch = SimpleNamespace(time=lambda: clock.now, monotonic=lambda: clock.now)
    monkeypatch.setattr("lambdas.log_level.time", watch)
    monkeypatch.setattr("lambdas.functions.edges.time", watch)
    return clock


@pytest.fixture
def lines(client: Any, logged: io.StringIO) -> io.StringIO:
    """The lines that are logged at the level that the functions have by themselves."""
    from lambdas import log_level

    log_level._level._logger.setLevel("INFO")
    return logged


def is_debug(customer: Gateway, lines: io.StringIO) -> bool:
    """Whether a call that changes nothing leaves a line."""
    before = lines.tell()
    customer.call("GET", "/extensions")
    return '"answered"' in lines.getvalue()[before:]


def test_it_is_followed_within_seconds_and_for_its_time(
    clock: SimpleNamespace, lines: io.StringIO, customer: Gateway, operator: Gateway
) -> None:
    assert not is_debug(customer, lines)
    operator.call("PUT", "/edges", {"log_level": "DEBUG", "for_seconds": 60})
    assert not is_debug(customer, lines)  # it has looked a moment ago
    clock.now += 5
    assert is_debug(customer, lines)
    clock.now += 54
    assert is_debug(customer, lines)
    clock.now += 1
    assert not is_debug(customer, lines)
    operator.call("PUT", "/edges", {"log_level": "DEBUG", "for_seconds": 60})
    clock.now += 5
    assert is_debug(customer, lines)
    operator.call("PUT", "/edges", {"log_level": "DEBUG", "for_seconds": 0})
    clock.now += 5
    assert not is_debug(customer, lines)


def test_while_it_cant_be_read_it_stays(
    client: Any, clock: SimpleNamespace, lines: io.StringIO, customer: Gateway, operator: Gateway
) -> None:
    operator.call("PUT", "/edges", {"log_level": "DEBUG", "for_seconds": 60})
    clock.now += 5
    assert is_debug(customer, lines)
    client.delete_table(TableName=tables.ENVIRONMENT["SWITCHES_TABLE"])
    clock.now += 5
    assert is_debug(customer, lines)
    clock.now += 55
    assert not is_debug(customer, lines)
