"""Locks say what their inputs ask for, and nothing is installed past them."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from sbom.lock import packages

ROOT = Path(__file__).parents[2]
LOCKS = [
    ROOT / name
    for name in (
        "requirements.txt",
        "lambdas/requirements.txt",
        "sip_edge/requirements.txt",
        "sip_edge/build-requirements.txt",
        "tests/requirements.txt",
    )
]
ALL = ROOT / "tests" / "requirements.txt"


def pins(wanted: Path) -> set[tuple[str, str]]:
    """The names and versions that an input asks for, with those of the inputs that it includes."""
    found = set()
    for line in wanted.read_text().splitlines():
        if line.startswith("-r "):
            found |= pins(wanted.parent / line.removeprefix("-r "))
        elif line and not line.startswith("#"):
            name, _, version = line.partition("==")
            found.add((re.sub(r"\[.*\]", "", name).lower().replace("_", "-"), version))
    return found


def direct(lock: Path) -> set[str]:
    """The names that a lock has because an input asks for them, as its comments tell."""
    entries = re.findall(r"^(\S+?)==[^#]*((?:\s+#.*\n)+)", lock.read_text(), re.MULTILINE)
    return {name for name, via in entries if re.search(r"-r \S+\.in$", via, re.MULTILINE)}


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_every_input_has_a_lock() -> None:
    inputs = subprocess.run(
        ("git", "ls-files", "--cached", "--others", "--exclude-standard", "*requirements.in"),
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert sorted(inputs) == sorted(named(lock.with_suffix(".in")) for lock in LOCKS)


@pytest.mark.parametrize("lock", LOCKS, ids=named)
def test_a_lock_agrees_with_its_input(lock: Path) -> None:
    wanted = pins(lock.with_suffix(".in"))
    locked = {(package.name, package.version) for package in packages(lock)}
    assert wanted - locked == set()
    assert direct(lock) == {name for name, _ in wanted}


@pytest.mark.parametrize("lock", LOCKS, ids=named)
def test_a_lock_has_hashes_and_names_no_machine(lock: Path) -> None:
    assert [package.name for package in packages(lock) if not package.hashes] == []
    assert not re.search(r"://|file:|index-url|find-links|@ ", lock.read_text())


@pytest.mark.parametrize("lock", LOCKS, ids=named)
def test_locks_have_the_same_versions(lock: Path) -> None:
    assert set(packages(lock)) <= set(packages(ALL))


def test_nothing_is_installed_without_hashes() -> None:
    files = subprocess.run(
        ("git", "ls-files", "Makefile", "*Dockerfile*", "*.sh", ".ci/*", "infra/*.py", "local/*.py"),
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    commands = []
    for name in files:
        text = (ROOT / name).read_text().replace("\\\n", " ")
        commands += re.findall(r"pip install.*|\"pip\", \"install\".*\n.*", text)
    assert len(commands) == 5
    assert [command for command in commands if "--require-hashes" not in command] == []


def test_renovate_knows_every_lock() -> None:
    (pattern,) = json.loads((ROOT / "renovate.json").read_text())["pip-compile"]["managerFilePatterns"]
    assert [lock for lock in LOCKS if not re.search(pattern.strip("/"), named(lock))] == []
