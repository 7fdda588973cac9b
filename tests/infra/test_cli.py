"""The CDK's own command line synthesizes what is deployed, on a machine without network, Docker or account."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests import npm

ROOT = Path(__file__).parents[2]
SOURCES = Path(__file__).parent / "cli"
VERSION = json.loads((SOURCES / "package.json").read_text())["dependencies"]["aws-cdk"]


@pytest.fixture(scope="module")
def cdk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(SOURCES / name, folder)
    npm.install(folder)
    return folder / "node_modules" / "aws-cdk" / "bin" / "cdk"


def test_it_needs_neither_network_nor_docker_nor_account(cdk: Path, tmp_path: Path) -> None:
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "CDK_DOCKER": "/no/docker",
        **{name: os.environ[name] for name in ("LANG", "VENV") if name in os.environ},
    }
    assembly = tmp_path / "assembly"
    synthesized = subprocess.run(
        # In a network namespace of its own, which has no network.
        ("unshare", "-rn", npm.NODE, cdk, "synth", "--quiet", "-o", assembly, "-c", "base=voip.test"),
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert synthesized.returncode == 0, synthesized.stderr
    artifacts = json.loads((assembly / "manifest.json").read_text())["artifacts"].values()
    assert {a["properties"]["stackName"] for a in artifacts if a["type"] == "aws:cloudformation:stack"} == {
        f"sip-extensions-live-{name}" for name in ("data", "events", "api", "edge", "monitoring")
    }
    assert "deprecated" not in synthesized.stderr


def test_the_documents_name_that_version() -> None:
    texts = [page.read_text() for page in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md"))]
    versions = {version for text in texts for version in re.findall(r"aws-cdk@(\S+)", text)}
    assert versions == {VERSION}
