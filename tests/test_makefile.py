"""`make` tells which Python it needs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# A Python that claims to be another version, and makes no virtual environment.
CLAIMING = """#!{python}
import sys
if sys.argv[1] == "-m":
    sys.exit("{version} makes it")
sys.version_info = ({version}, 0, "final", 0)
exec(sys.argv[2])
"""


def make(target: str, folder: Path, *variables: str) -> subprocess.CompletedProcess[str]:
    """Let `make` bring a file of a virtual environment up to date."""
    return subprocess.run(
        ("make", f"VENV={folder}", *variables, f"{folder}/{target}"),
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def write_python(path: Path, version: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(CLAIMING.format(python=sys.executable, version=version))
    path.chmod(0o755)


@pytest.mark.parametrize("version", ["3, 13", "3, 14"])
def test_a_python_that_tests_cannot_run_with_is_told_what_is_missing(tmp_path: Path, version: str) -> None:
    write_python(tmp_path / "bin" / "python", version)
    (tmp_path / "installed").touch()
    made = make("tests-installed", tmp_path)
    assert made.returncode != 0
    assert "need Python 3.11 or 3.12: pjsua2-python has no wheel" in made.stderr
    assert made.stdout == ""


def test_a_python_that_is_too_old_is_refused(tmp_path: Path) -> None:
    write_python(tmp_path / "old", "3, 10")
    made = make("installed", tmp_path / "venv", f"PYTHONS={tmp_path}/old {tmp_path}/none")
    assert made.returncode != 0
    assert "Python 3.11 or newer" in made.stderr
    assert not (tmp_path / "venv").exists()


@pytest.mark.parametrize(("versions", "chosen"), [(("3, 13", "3, 12"), "3, 12"), (("3, 10", "3, 13"), "3, 13")])
def test_a_python_that_tests_run_with_is_preferred(tmp_path: Path, versions: tuple[str, str], chosen: str) -> None:
    for name, version in zip(("first", "second"), versions, strict=True):
        write_python(tmp_path / name, version)
    made = make("installed", tmp_path / "venv", f"PYTHONS={tmp_path}/first {tmp_path}/second")
    assert f"{chosen} makes it" in made.stderr
