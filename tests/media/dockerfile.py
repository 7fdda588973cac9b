"""The media relay's Dockerfile, as far as tests carry it out."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).parents[2] / "infra" / "edge" / "rtpengine"
_TEXT: Final = (_FOLDER / "Dockerfile").read_text().replace("\\\n", " ")


def _instruction(name: str) -> str:
    """The text behind an instruction of the image."""
    return _TEXT.partition(f"\n{name} ")[2].partition("\n")[0]


USER: Final = _instruction("USER")
ENTRYPOINT: Final[list[str]] = json.loads(_instruction("ENTRYPOINT"))
HEALTH_QUESTION: Final[list[str]] = json.loads(_instruction("HEALTHCHECK").partition("CMD ")[2])
PACKAGES: Final = re.findall(
    r"[a-z][a-z0-9-]+", _instruction("RUN").partition("--no-install-recommends")[2].partition("&&")[0]
)


def carry_out(workshop: Path) -> dict[str, Path]:
    """Carry out the steps in an empty folder. Returns the image's folders beside those of the base image.

    The machine's packages take the place of those that the image installs. Raises CalledProcessError for a missing one.
    """
    subprocess.run(("dpkg-query", "--show", *PACKAGES), check=True, capture_output=True)
    for source, target in re.findall(r"^COPY (?:--chmod=\d+ )?(\S+) (\S+)$", _TEXT, re.MULTILINE):
        place = workshop / target[1:]
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(_FOLDER / source, place)
        mode = re.search(rf"--chmod=(\d+) {source} ", _TEXT)
        if mode:
            place.chmod(int(mode[1], 8))
    return {f"/{path.parent.relative_to(workshop)}": path.parent for path in workshop.rglob("*") if path.is_file()}
