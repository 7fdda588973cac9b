"""Compiles the hot modules (`sip_edge.build.compiled`) by mypyc: `python -m sip_edge.build.compiling`.

Machine code of other sources is removed. Types are checked elsewhere (`make check`).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from mypyc.build import mypycify
from setuptools import setup

from sip_edge.build.compiled import FOLDER, ROOT, folder, sources

_CHECKS: Final = ("--config-file=", "--no-site-packages", "--ignore-missing-imports", "--follow-imports=silent")
_OPTIMIZATION: Final = "1"  # more takes the compiler half as long again, and gives nothing


def main() -> None:
    """Compiles the sources, unless these very ones are compiled already."""
    place = folder()
    if place.is_dir():
        return
    os.chdir(ROOT)
    shutil.rmtree(FOLDER, ignore_errors=True)
    Path(FOLDER).mkdir()
    with tempfile.TemporaryDirectory(dir=FOLDER) as made:
        modules = mypycify(
            [*_CHECKS, *map(str, sources())], opt_level=_OPTIMIZATION, debug_level="0", target_dir=f"{made}/c"
        )
        built = f"{made}/built"
        command = ["--quiet", "build_ext", f"--build-lib={built}", f"--build-temp={made}/objects"]
        setup(name="sip_edge", packages=[], ext_modules=modules, script_args=command)
        Path(built).rename(place)


if __name__ == "__main__":
    main()
