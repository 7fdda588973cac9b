from __future__ import annotations

import pytest

from infra.application import application
from infra.configuration import Configuration, ConfigurationError


def test_the_realm_is_the_base_by_default() -> None:
    assert Configuration(base="voip.test").realm == "voip.test"
    assert Configuration(base="voip.test", realm="Phones").realm == "Phones"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("base", "no_domain"),
        ("base", "Upper.Case"),
        ("base", "-a.example"),
        ("realm", 'quo"ted'),
        ("environment", "Über"),
        ("log_level", "LOUD"),
        ("lambda_platform", "windows"),
    ],
)
def test_a_wrong_value_is_named(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=f"context value {name}='{value}'"):
        application(**{name: value})
