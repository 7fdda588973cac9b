"""Another CDK application deploys the service from the built wheel, in an environment that knows no checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from aws_cdk import App

from tests.infra.conftest import templates_of

ROOT: Final = Path(__file__).parents[2]
APPLICATION: Final = Path(__file__).parent / "second_app"
UV: Final = (sys.executable, "-m", "uv", "--quiet", "--system-certs")
PUSH_KEY: Final = "SIP extensions: encrypts the private keys of push apps"
# The rest of a checkout is no part of the wheel, and takes time to copy.
_MADE: Final = shutil.ignore_patterns(".*", "__pycache__", "tests", "cdk.out")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built of a copy of the sources: building leaves folders behind."""
    sources, made = tmp_path_factory.mktemp("build") / "sources", tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT, sources, ignore=_MADE)
    shutil.copy(ROOT / ".dockerignore", sources)
    # The wheel is made of the source distribution, so that one is complete as well.
    subprocess.run((*UV, "build", "--out-dir", made, sources), check=True, cwd=made)
    (found,) = made.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def assembly(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the second application is synthesized into."""
    folder = tmp_path_factory.mktemp("second")
    environment, project = folder / "environment", folder / "project"
    shutil.copytree(APPLICATION, project)
    subprocess.run((*UV, "venv", "--python", sys.executable, environment), check=True)
    python = environment / "bin" / "python"
    # Other versions of the CDK write other templates.
    pinned = ("--constraint", ROOT / "requirements.txt")
    subprocess.run((*UV, "pip", "install", "--python", python, *pinned, wheel), check=True)
    node = Path(os.environ["JSII_NODE"]).parent  # as infra/__init__.py has chosen it
    result = subprocess.run(
        (python, "-I", "app.py"),
        cwd=project,
        env={"PATH": f"{node}:/usr/bin:/bin", "HOME": str(folder), "CDK_OUTDIR": str(folder / "assembly")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return folder / "assembly"


def templates(assembly: Path) -> dict[str, Any]:
    """The templates by the names of their stacks."""
    artifacts = json.loads((assembly / "manifest.json").read_text())["artifacts"]
    return {
        artifact["properties"]["stackName"]: json.loads((assembly / artifact["properties"]["templateFile"]).read_text())
        for artifact in artifacts.values()
        if artifact["type"] == "aws:cloudformation:stack" and "stackName" in artifact["properties"]
    }


def resources(template: dict[str, Any], kind: str) -> Iterator[dict[str, Any]]:
    yield from (r.get("Properties", {}) for r in template["Resources"].values() if r["Type"] == f"AWS::{kind}")


def test_the_wheel_has_one_package_and_no_path_of_the_checkout(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        texts = {name: archive.read(name).decode(errors="replace") for name in names}
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"sip_extensions"}
    assert "sip_extensions/py.typed" in names
    assert not [name for name in names if "__pycache__" in name or name.endswith((".pyc", ".so"))]
    assert not [name for name, text in texts.items() if str(ROOT) in text]


def test_two_environments_of_one_application(assembly: Path) -> None:
    stacks = templates(assembly)
    parts = ("data", "events", "api", "edge", "monitoring")
    assert {*stacks} >= {f"sip-extensions-{name}-{part}" for name in ("live", "staging") for part in parts}
    for name, template in stacks.items():
        if name.startswith("sip-extensions-live"):
            assert "sip-extensions-staging" not in json.dumps(template)


def test_an_environment_has_the_templates_of_the_checkout(assembly: Path, app: App) -> None:
    """The same resources under the same ids, of the same assets."""
    stacks = templates(assembly)
    for name, template in templates_of(app).items():
        assert stacks[name] == json.loads(json.dumps(template)), name


def test_an_environment_uses_what_it_is_given(assembly: Path) -> None:
    stacks = templates(assembly)
    edge, monitoring = stacks["sip-extensions-staging-edge"], stacks["sip-extensions-staging-monitoring"]
    data, api = stacks["sip-extensions-staging-data"], stacks["sip-extensions-staging-api"]
    assert not list(resources(edge, "EC2::VPC"))
    assert not list(resources(monitoring, "SNS::Topic"))
    assert [key["Description"] for key in resources(data, "KMS::Key")] == [PUSH_KEY]
    assert list(resources(api, "Route53::RecordSet"))
    assert {record["Type"] for record in resources(edge, "Route53::RecordSet")} == {"A", "NAPTR", "SRV"}
    for table in resources(data, "DynamoDB::GlobalTable"):
        assert "KMSMasterKeyId" in table["Replicas"][0]["SSESpecification"]
    actions = [alarm["AlarmActions"] for alarm in resources(monitoring, "CloudWatch::Alarm")]
    assert all("Topic" in json.dumps(action) for action in actions)
    for name, template in stacks.items():
        if name.startswith("sip-extensions-staging"):
            roles = list(resources(template, "IAM::Role"))
            assert all("Boundary" in json.dumps(role["PermissionsBoundary"]) for role in roles), name


def test_an_image_is_taken_by_its_digest(assembly: Path) -> None:
    (task,) = resources(templates(assembly)["sip-extensions-staging-edge"], "ECS::TaskDefinition")
    images = [json.dumps(container["Image"]) for container in task["ContainerDefinitions"]]
    assert all("@sha256:" in image for image in images)


def test_what_the_application_synthesizes_has_no_path_of_the_checkout(assembly: Path) -> None:
    files = [path for path in assembly.rglob("*") if path.is_file() and path.suffix in (".json", ".py", ".toml")]
    assert files
    assert not [path for path in files if str(ROOT) in path.read_text()]
