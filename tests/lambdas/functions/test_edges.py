"""The function of the edges' log level, behind a gateway in the process."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lambdas.gateway import Gateway


def test_the_log_level_holds_for_its_time(operator: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    assert operator.call("GET", "/edges").body == {"log_level": "", "tm_until": ""}
    monkeypatch.setattr("lambdas.functions.edges.time.time", lambda: 2_000_000_000.7)
    changed = operator.call("PUT", "/edges", {"log_level": "DEBUG", "for_seconds": 60}).body
    assert changed == {"log_level": "DEBUG", "tm_until": "2033-05-18T03:34:20Z"}
    assert operator.call("GET", "/edges").body == changed
    monkeypatch.setattr("lambdas.functions.edges.time.time", lambda: 2_000_000_060.0)
    assert operator.call("GET", "/edges").body == {"log_level": "", "tm_until": ""}


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"log_level": "LOUD"}, "#/log_level"),
        ({"for_seconds": 86401}, "#/for_seconds"),
        ({"for_seconds": -1}, "#/for_seconds"),
    ],
)
def test_bad_fields(operator: Gateway, change: dict[str, Any], wrong: str) -> None:
    assert operator.call("PUT", "/edges", {"log_level": "DEBUG", "for_seconds": 1} | change).invalid == {wrong}
