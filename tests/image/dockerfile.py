"""The edge's Dockerfile, as far as tests carry it out."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from sip_edge.build.compiled import FOLDER as COMPILED

_ROOT: Final = Path(__file__).parents[2]
_TEXT: Final = (_ROOT / "sip_edge" / "Dockerfile").read_text().replace("\\\n", " ")
_PACKAGES, _COMPILED, _IMAGE = re.split(r"^FROM ", _TEXT, flags=re.MULTILINE)[1:]


def _instruction(name: str) -> str:
    """The arguments of an instruction of the image."""
    return _IMAGE.partition(f"\n{name} ")[2].partition("\n")[0]


FOLDER: Final = _instruction("WORKDIR")
USER: Final = _instruction("USER")
ENVIRONMENT: Final = dict(item.split("=", 1) for item in shlex.split(_instruction("ENV")))
ENTRYPOINT: Final[list[str]] = json.loads(_instruction("ENTRYPOINT"))
HEALTH_QUESTION: Final[list[str]] = json.loads(_instruction("HEALTHCHECK").partition("CMD ")[2])


def carry_out(workshop: Path) -> Path:
    """Carry out the steps of all stages in an empty folder, and return the image's folder of the edge.

    The machine's Python replaces the base image's, and its compiler and strip replace those that stages install.
    """
    packages, build, app = workshop / "packages", workshop / "build", workshop / "app"
    shutil.copy(_ROOT / "sip_edge" / "requirements.txt", workshop)
    for step in _steps(_PACKAGES):
        if not step.startswith("apt-get "):
            here = step.replace("/packages", str(packages))
            _run(here.replace("/requirements.txt", str(workshop / "requirements.txt")), workshop)
    _copy(_COMPILED, "build", build)
    if (_ROOT / COMPILED).is_dir():  # of these very sources it is made but once
        shutil.copytree(_ROOT / COMPILED, build / COMPILED)
    for step in _steps(_COMPILED):
        if step.startswith("python "):
            _run(step, build)
    packages.rename(app)
    _copy(_IMAGE, "app", app)
    for folder in re.findall(r"^COPY --from=compiled /build/(\S+) /app/\1$", _IMAGE, re.MULTILINE):
        shutil.copytree(build / folder, app / folder)
    for step in _steps(_IMAGE):
        _run(step.replace(FOLDER, str(app)), app)
    return app


def _steps(stage: str) -> list[str]:
    return re.findall(r"^RUN (.*)$", stage, re.MULTILINE)


def _copy(stage: str, name: str, place: Path) -> None:
    """Copies the files of a stage from the repository to /`name`."""
    for source, target in re.findall(rf"^COPY (?!--from)(\S+) /{name}/(\S+)$", stage, re.MULTILINE):
        shutil.copytree(_ROOT / source, place / target, ignore=shutil.ignore_patterns("__pycache__"))


def _run(step: str, folder: Path) -> None:
    python = shlex.quote(sys.executable)
    command = re.sub(r"^pip ", f"{python} -m pip --quiet --disable-pip-version-check ", step)
    command = re.sub(r"^python ", f"{python} ", command)
    subprocess.run(command, shell=True, cwd=folder, check=True, capture_output=True)
