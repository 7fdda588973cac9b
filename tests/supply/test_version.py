"""The service has one version, and each of its parts tells it."""

from __future__ import annotations

import tomllib
from pathlib import Path

from directory.version import VERSION
from lambdas.openapi.document import document
from tests.sipctl.terminal import Terminal

ROOT = Path(__file__).parents[2]


def test_the_deployed_version_is_that_of_the_project() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == VERSION


def test_the_command_line_tells_it() -> None:
    assert Terminal().text("--version") == f"sipctl {VERSION}\n"


def test_the_api_tells_it() -> None:
    assert document()["info"]["version"] == VERSION
