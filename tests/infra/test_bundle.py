"""The bundle of the functions."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.bundle import bundle


@pytest.fixture(scope="module")
def folder() -> Path:
    return bundle("aws")


def test_it_holds_the_source_and_the_packages(folder: Path) -> None:
    for name in (
        "lambdas/functions/extensions.py",
        "directory/schema/tables.py",
        "sipctl/user_agent/canary.py",
        "pydantic/__init__.py",
        "aws_lambda_powertools",
    ):
        assert (folder / name).exists()
    assert not any((folder / name).exists() for name in ("boto3", "infra", "sip_edge", "bin"))


def test_its_binaries_are_for_the_functions_machine(folder: Path) -> None:
    binaries = [path.name for path in folder.rglob("*.so")]
    assert binaries
    assert all("cpython-313-aarch64-linux-gnu" in name for name in binaries)


def test_it_holds_nothing_that_differs_from_one_installation_to_the_next(folder: Path) -> None:
    names = {path.name for path in folder.rglob("*")}
    assert not names & {"__pycache__", "RECORD", "INSTALLER", "REQUESTED"}


def test_for_the_host_it_holds_the_source_alone() -> None:
    assert {path.name for path in bundle("host").iterdir()} == {"lambdas", "directory", "sipctl"}
    assert {path.name for path in (bundle("host") / "sipctl").iterdir()} == {"user_agent"}
