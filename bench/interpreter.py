"""Finds the Python that the edge is measured with.

CPython built without profile-guided optimization runs the same code a third slower. The edge's image has one that is
built with it, so the fastest of this minor version is taken. All can use the packages of the virtual environment.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from functools import cache
from pathlib import Path
from typing import Final

from sip_edge.build.compiled import folder

_ROOT: Final = Path(__file__).parent.parent
_TELL: Final = "from bench.core.calibration import calibrate; print(min(calibrate() for _ in range(200)))"


@cache
def best() -> tuple[str, dict[str, str]]:
    """The path of the interpreter, and the environment in which it finds all packages."""
    version = f"python3.{sys.version_info.minor}"
    candidates = {sys.executable, *filter(None, (shutil.which(version, path="/usr/local/bin:/usr/bin"),))}
    packages = sysconfig.get_path("purelib")
    environment = {"PYTHONPATH": os.pathsep.join((str(_ROOT), packages)), "PYTHONDONTWRITEBYTECODE": "1"}
    return min(candidates, key=lambda python: _speed(python, environment)), environment


def run(module: str, *arguments: str, **environment: str) -> str:
    """Returns the output of one of our modules, run by that interpreter."""
    python, packages = best()
    return _run((python, "-m", module, *arguments), {**packages, **environment})


def described() -> str:
    """The interpreter in words."""
    python, environment = best()
    code = "import platform as p; print(p.python_implementation(), p.python_version(), 'by', p.python_compiler())"
    how = "compiled" if folder().is_dir() else "interpreted"
    return f"{_run((python, '-c', code), environment)} ({python}), its hot modules {how}"


def _speed(python: str, environment: dict[str, str]) -> float:
    return float(_run((python, "-c", _TELL), environment))


def _run(command: tuple[str, ...], environment: dict[str, str]) -> str:
    done = subprocess.run(  # noqa: S603
        command, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout.strip()
