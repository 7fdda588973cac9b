"""The configuration of a deployment, and the refusals of wrong values."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from infra.application import application  # before aws_cdk, for which the package chooses a Node
from infra.configuration import Configuration, ConfigurationError

# isort: split
from aws_cdk import App

from tests.infra.conftest import MakeApp, templates_of

CERTIFICATE = "arn:aws:acm:eu-central-1:123456789012:certificate/0f8f0f0a-0000-4000-8000-000000000000"


def test_the_realm_is_the_base_by_default() -> None:
    assert Configuration.model_validate({"base": "voip.test"}).realm == "voip.test"
    assert Configuration.model_validate({"base": "voip.test", "realm": "Phones"}).realm == "Phones"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("base", "no_domain"),
        ("base", "Upper.Case"),
        ("base", "-a.example"),
        ("realm", 'quo"ted'),
        ("environment", "Über"),
        ("log_level", "LOUD"),
        ("log_days", "2"),
        ("availability_zones", "1"),
        ("network", "10.0.0.0/28"),
        ("edge_memory", "512"),
        ("edges_least", "0"),
        ("registrations_per_edge", "many"),
        ("hosted_zone_id", "voip.test"),
        ("certificate_arn", "the one with the seal"),
        ("platform", "windows"),
        ("call_events", "often"),
        ("calls_per_day", "lots"),
        ("dual_stack", "both"),
        ("elastic_ips", "three"),
        ("deletion_protection", "much"),
        ("warm_writes", "3999"),
        ("relay_image", "sip/relay:latest"),
        ("bsae", "voip.test"),
    ],
)
def test_a_wrong_value_is_named(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(f"{name}='{value}'")):
        application(**{name: value})


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"edges_least": 5, "edges_most": 3}, "edges_most=3"),
        ({"hosted_zone_name": "voip.test"}, "hosted_zone_name='voip.test'"),
        ({"hosted_zone_id": "Z0123456789ABC", "hosted_zone_name": "other.test"}, "hosted_zone_name='other.test'"),
        ({"hosted_zone_id": "Z0123456789ABC", "certificate_arn": CERTIFICATE}, "certificate_arn"),
    ],
)
def test_values_that_do_not_fit_together_are_named(values: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(named)):
        application(base="voip.test", **values)


def test_a_missing_environment_is_named() -> None:
    with pytest.raises(ConfigurationError, match=re.escape("environments.toml has no [staging]")):
        application(environment="staging")


def test_what_the_command_line_says_may_be_text() -> None:
    node = App(context={"base": "voip.test", "edges_least": "3", "availability_zones": "2"}).node
    assert (Configuration.of(node).edges_least, Configuration.of(node).availability_zones) == (3, 2)


@pytest.fixture
def environments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "environments.toml"
    monkeypatch.setattr("infra.configuration.ENVIRONMENTS", path)
    return path


def test_environments_have_stacks_of_their_own(environments: Path, make_app: MakeApp) -> None:
    environments.write_text('[live]\nbase = "voip.test"\n[staging]\nbase = "staging.voip.test"\n')
    found = {
        name: json.dumps(template)
        for environment in ("live", "staging")
        for name, template in templates_of(make_app(environment=environment, platform="host")).items()
    }
    assert len(found) == 6
    for name, template in found.items():
        other = "live" if "staging" in name else "staging"
        assert f"sip-extensions-{other}" not in template


def test_a_missing_file_is_named(environments: Path) -> None:
    with pytest.raises(ConfigurationError, match=re.escape("environments.toml can't be read")):
        application()


def test_a_file_that_is_no_toml_is_named(environments: Path) -> None:
    environments.write_text("base = voip")
    with pytest.raises(ConfigurationError, match=re.escape("environments.toml can't be read")):
        application()
