"""Other people's rules: cdk-nag's for security, cfn-lint's for templates. One synthesis with everything optional."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from aws_cdk import Validations
from cdk_nag import AwsSolutionsChecks

from tests.infra.conftest import MakeApp


@pytest.fixture(scope="module")
def folder(make_app: MakeApp) -> Path:
    """The synthesized application. Synthesis fails when a rule is broken and no suppression says why."""
    app = make_app(
        base="voip.test",
        hosted_zone_id="Z0123456789ABC",
        customer_managed_key=True,
        alarm_email="a@voip.test",
        page=True,
        dual_stack=True,
        elastic_ips=True,
        deletion_protection=True,
        warm_writes=20_000,
    )
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    return Path(app.synth().directory)


def test_every_rule_of_a_security_review_is_kept_or_answered(folder: Path) -> None:
    assert len(list(folder.glob("*.template.json"))) == 6


def test_the_templates_are_clean(folder: Path) -> None:
    linted = subprocess.run(
        # CDK writes down dependencies that a reference implies already (W3005).
        (
            *(
                sys.executable,
                Path(sys.executable).with_name("cfn-lint"),
                "--regions",
                "us-east-1",
                "--ignore-checks",
                "W3005",
                "--",
            ),
            *(str(path) for path in folder.glob("*.template.json")),
        ),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert linted.returncode == 0, linted.stdout + linted.stderr
