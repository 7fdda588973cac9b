"""Imports the modules that every message passes as machine code, where `sip_edge.build.compiling` has made it.

The machine code lies in a folder that is named after these sources, the compiler, and this Python. A changed source
changes the name, so machine code of other sources is never used. Without it the sources
run, and take half as long again.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from hashlib import sha256
from importlib.abc import MetaPathFinder
from importlib.machinery import EXTENSION_SUFFIXES, ModuleSpec, PathFinder
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Final

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = ".compiled"
_HOT: Final = (
    *("auth", "guard", "location", "message", "proxy", "registrar", "transaction"),
    *("continuation.py", "edge.py", "transport/flow.py"),
)
_MADE_BY: Final = (Path("sip_edge/build/compiling.py"), Path("sip_edge/build-requirements.txt"))
_SUFFIX: Final = EXTENSION_SUFFIXES[0]


def sources() -> list[Path]:
    """Returns the files that are compiled, under `ROOT`. They are compiled together, as they share classes."""
    here = ROOT / "sip_edge"
    found = [path for name in _HOT for path in ([here / name] if name.endswith(".py") else (here / name).rglob("*.py"))]
    return sorted(path.relative_to(ROOT) for path in found if path.name != "__init__.py")


def folder() -> Path:
    """Returns the folder for the machine code of the sources as they are now."""
    digest = sha256(_SUFFIX.encode())
    for source in (*sources(), *_MADE_BY):
        digest.update(b"\0".join((b"", str(source).encode(), (ROOT / source).read_bytes())))
    return ROOT / FOLDER / digest.hexdigest()[:16]


def prefer() -> None:
    """Lets compiled modules be imported instead of their sources. Call it before the first import of one."""
    place = folder()
    if place.is_dir():
        # A finder in front of all others, such as a fuzzer's, still gets the sources.
        sys.meta_path.insert(sys.meta_path.index(PathFinder), _Finder(place))


class _Finder(MetaPathFinder):
    """Finds the modules in the folder."""

    def __init__(self, place: Path) -> None:
        self._files = {
            ".".join(path.relative_to(place).parts).removesuffix(_SUFFIX): path for path in place.rglob(f"*{_SUFFIX}")
        }

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """See MetaPathFinder."""
        file = self._files.get(fullname)
        return spec_from_file_location(fullname, file) if file else None
