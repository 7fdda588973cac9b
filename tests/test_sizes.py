"""Folders, files and functions of the edge stay small enough to be taken in at once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
EDGE = ROOT / "sip_edge"
MOST_ENTRIES = 15
MOST_ENTRIES_OF_THE_ROOT = 23
MOST_LINES = 300
MOST_PARAMETERS = 6


def test_a_folder_has_few_entries() -> None:
    folders = {folder: entries(folder) for folder in [EDGE, *EDGE.rglob("*/")] if folder.name != "__pycache__"}
    full = {
        f"{folder.relative_to(ROOT)}: {count}"
        for folder, count in folders.items()
        if count > (MOST_ENTRIES_OF_THE_ROOT if folder == EDGE else MOST_ENTRIES)
    }
    assert not full


def test_a_file_is_short() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in EDGE.rglob("*.py")}
    assert not {f"{path.relative_to(ROOT)}: {count}" for path, count in lengths.items() if count > MOST_LINES}


def test_a_function_has_few_parameters() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{name}"
        for path in EDGE.rglob("*.py")
        for name, count in functions(ast.parse(path.read_text()))
        if count > MOST_PARAMETERS
    }
    assert not found


def test_parameters_of_all_kinds_are_counted() -> None:
    source = "class A:\n    async def b(self, c, /, d, *e, f=1, **g): ...\n    @staticmethod\n    def h(self): ..."
    assert list(functions(ast.parse(source))) == [("b", 5), ("h", 0)]


def entries(folder: Path) -> int:
    """The modules and packages in a folder, without the folder's own `__init__.py`."""
    modules = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
    return len(modules) + len(list(folder.glob("*/__init__.py")))


def functions(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """The names of all functions with the numbers of their parameters, without `self` and `cls`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            every = node.args
            listed = [*every.posonlyargs, *every.args, *every.kwonlyargs, *filter(None, (every.vararg, every.kwarg))]
            yield node.name, sum(parameter.arg not in ("self", "cls") for parameter in listed)
