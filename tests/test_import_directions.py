"""Imports run one way only, and the knowledge of the emulator stays in one place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = {
    *("directory", "lambdas", "sip_edge", "infra", "local", "bench", "chaos", "rehearsal"),
    *("sip_extensions", "sipctl", "sbom"),
}
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
    "rehearsal": {"sip_edge", "chaos", "sipctl"},
    "sbom": set(),
}
# The parts of `directory` from the bottom up. A part imports itself and parts of lines above its own.
DIRECTORY_ORDER = (
    {"errors", "version", "client", "schema"},
    {"push_keys", "switches"},  # functions encrypt and ask for tests, edges decrypt and take them
    {"edge_keys", "edge", "api"},
)
LAYERS = (
    *("build", "message", "crypto", "settings", "journal", "resolver", "transport", "transaction", "continuation"),
    *("location", "trace", "fleet", "auth", "push", "media", "calls", "guard", "registrar", "proxy"),
    *("edge", "assembly", "process", "__main__"),
)
"""The packages and modules in `sip_edge`, each above those that it may import."""
OUTSIDE = {
    *("socket", "ssl", "select", "selectors", "asyncio", "uvloop", "aiohttp"),
    *("threading", "concurrent", "multiprocessing", "queue", "sched", "signal", "time"),
}
"""Sockets, event loops, threads and the clock. The process alone knows them, and passes `time.time` in as a clock."""


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


def test_every_package_of_the_edge_has_its_layer() -> None:
    edge = ROOT / "sip_edge"
    modules = {path.stem for path in edge.glob("*.py")} | {path.parent.name for path in edge.glob("*/__init__.py")}
    assert modules - {"__init__"} == set(LAYERS)


def test_no_import_of_the_edge_runs_up() -> None:
    upward = {
        f"{module} imports {imported}"
        for module, imported in edge_imports()
        if LAYERS.index(layer(imported)) > LAYERS.index(layer(module))
    }
    assert not upward


def test_no_two_modules_of_the_edge_import_each_other() -> None:
    found = set(edge_imports())
    assert not {pair for pair in found if pair[::-1] in found}


def test_no_folders_of_the_edge_import_each_other_in_a_circle() -> None:
    """A folder and those within it are one package, whose modules may import each other's."""
    arrows: dict[str, set[str]] = {}
    for module, imported in edge_imports():
        one, other = folder(module), folder(imported)
        if one != other and not f"{one}.".startswith(f"{other}.") and not f"{other}.".startswith(f"{one}."):
            arrows.setdefault(one, set()).add(other)
    assert not {name for name in arrows if name in reached(name, arrows)}


def test_the_edge_and_all_that_it_imports_know_no_sockets_no_threads_and_no_clock() -> None:
    arrows: dict[str, set[str]] = {}
    for module, imported in edge_imports():
        arrows.setdefault(module, set()).add(imported)
    inwards = {"sip_edge.edge", *reached("sip_edge.edge", arrows)}
    assert len(inwards) > 50
    known = {
        f"{module} imports {imported}"
        for module in inwards
        for imported in imports(EDGE_MODULES[module])
        if imported in OUTSIDE
    }
    assert not known


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


def edge_modules() -> dict[str, Path]:
    """The modules of `sip_edge` by their names, without packages."""
    paths = [path for path in sources("sip_edge") if path.name != "__init__.py"]
    return {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in paths}


EDGE_MODULES = edge_modules()


def edge_imports() -> Iterator[tuple[str, str]]:
    """Each import of a module of `sip_edge` by another, as the names of both."""
    for module, path in EDGE_MODULES.items():
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or "", *(f"{node.module}.{name}" for name in names)]
            yield from ((module, name) for name in names if name in EDGE_MODULES and name != module)


def layer(module: str) -> str:
    """The package or module directly in `sip_edge` that a module belongs to."""
    return module.split(".")[1]


def folder(module: str) -> str:
    """The folder of a module. A module directly in `sip_edge` stands for itself."""
    return module if module.count(".") == 1 else module.rpartition(".")[0]


def reached(start: str, arrows: dict[str, set[str]]) -> set[str]:
    """All that is reached from `start` over one arrow or more."""
    found: set[str] = set()
    new = {start}
    while new := {target for name in new for target in arrows.get(name, ())} - found:
        found |= new
    return found
