"""Imports run one way only, and what knows the emulator stays in one place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = {"directory", "lambdas", "sip_edge", "infra", "local", "bench", "chaos", "sip_extensions", "sipctl", "sbom"}
ALLOWED = {
    "directory": set(),
    "lambdas": {"directory"},
    "sip_edge": {"directory"},
    "infra": {"directory"},
    "sip_extensions": {"infra"},
    "sipctl": set(),
    "local": {"directory", "infra", "sipctl"},
    "bench": {"directory", "sip_edge", "lambdas", "local"},
    "chaos": {"directory", "sip_edge", "bench"},
    "sbom": set(),
}
# The parts of `directory` from the bottom up. A part imports itself and parts of lines above its own.
DIRECTORY_ORDER = (
    {"errors", "version", "client", "schema"},
    {"push_keys"},  # functions encrypt, edges decrypt
    {"edge_keys", "switches", "edge", "api"},
)


@pytest.mark.parametrize("package", ALLOWED)
def test_a_package_imports_only_what_it_stands_on(package: str) -> None:
    wrong = {
        f"{path.relative_to(ROOT)} imports {imported}"
        for path in sources(package)
        for imported in imports(path) & OURS - ALLOWED[package] - {package}
    }
    assert not wrong


@pytest.mark.parametrize("part", sorted(set().union(*DIRECTORY_ORDER)))
def test_a_part_of_the_directory_imports_only_what_it_stands_on(part: str) -> None:
    """Edges and functions share the schema alone: neither `edge` nor `api` imports the other."""
    below: set[str] = set()
    for line in DIRECTORY_ORDER:
        if part in line:
            break
        below |= line
    place = ROOT / "directory" / part
    wrong = {
        f"{path.relative_to(ROOT)} imports {imported}"
        for path in (sources(f"directory/{part}") if place.is_dir() else [place.with_suffix(".py")])
        for imported in modules_of("directory", path)
        if imported not in below | {part}
    }
    assert not wrong


def test_every_part_of_the_directory_has_its_place() -> None:
    parts = {path.stem for path in (ROOT / "directory").iterdir() if path.suffix == ".py" or path.is_dir()}
    assert parts - {"__init__", "__pycache__"} == set().union(*DIRECTORY_ORDER)


@pytest.mark.parametrize("package", ALLOWED)
def test_a_package_says_what_it_is(package: str) -> None:
    assert ast.get_docstring(ast.parse((ROOT / package / "__init__.py").read_text()))


@pytest.mark.parametrize("package", sorted(OURS - {"local"}))
def test_only_the_runner_knows_the_emulator(package: str) -> None:
    assert not [path for path in sources(package) if "ministack" in path.read_text().lower()]


def test_every_top_level_package_has_its_place() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages == OURS | {"tests"}


def sources(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imports(path: Path) -> set[str]:
    """The top-level packages that a file imports, anywhere in it."""
    return {name.partition(".")[0] for name in imported_modules(ast.parse(path.read_text()))}


def modules_of(package: str, path: Path) -> set[str]:
    """The modules and folders at the root of a package that a file imports, by any form of import."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == package:
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = [name.split(".") for name in imported_modules(node)]
            found |= {parts[1] for parts in names if parts[0] == package and len(parts) > 1}
    return found


def imported_modules(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module or ""
