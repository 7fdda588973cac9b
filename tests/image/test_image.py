"""What the Dockerfile puts together is enough for an edge: its steps are carried out here, and one is started from it.

The machine's Python takes the place of the base image's, without any package of its own. The edge writes no file.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sip_edge.compiled import FOLDER
from tests.edge_process import edge_settings
from tests.fleet.edges import wait_until
from tests.ports import free_port
from tests.service import Service

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "sip_edge" / "Dockerfile").read_text().replace("\\\n", " ")
PYTHON = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder /app of the image."""
    root = tmp_path_factory.mktemp("image")
    packages, app = root / "packages", root / "app"
    first, second, third = re.split(r"^FROM ", DOCKERFILE, flags=re.MULTILINE)[1:]
    shutil.copy(ROOT / "sip_edge" / "requirements.txt", root)
    for step in re.findall(r"^RUN (.*)$", first, re.MULTILINE):
        here = step.replace("/packages", str(packages)).replace("/requirements.txt", str(root / "requirements.txt"))
        command = re.sub(r"^pip ", f"{sys.executable} -m pip --quiet --disable-pip-version-check ", here)
        subprocess.run(command, shell=True, check=True, capture_output=True)
    build = root / "build"
    _copy(second, "build", build)
    if (ROOT / FOLDER).is_dir():  # of these very sources it is made but once
        shutil.copytree(ROOT / FOLDER, build / FOLDER)
    step = next(step for step in re.findall(r"^RUN python (.*)$", second, re.MULTILINE))
    subprocess.run((sys.executable, *step.split()), cwd=build, check=True, capture_output=True)
    shutil.copytree(packages, app)
    _copy(third, "app", app)
    for folder in re.findall(r"^COPY --from=compiled /build/(\S+) /app/\1$", third, re.MULTILINE):
        shutil.copytree(build / folder, app / folder)
    return app


def _copy(stage: str, name: str, place: Path) -> None:
    """What a stage copies from the repository to /`name`."""
    for source, target in re.findall(rf"^COPY (?!--from)(\S+) /{name}/(\S+)$", stage, re.MULTILINE):
        shutil.copytree(ROOT / source, place / target, ignore=shutil.ignore_patterns("__pycache__"))


def _file_of(module: str, app: Path) -> str:
    """The file that an edge in `app` imports a module from."""
    code = f"import {module}; print({module}.__file__)"
    return subprocess.run((PYTHON, "-S", "-B", "-c", code), cwd=app, check=True, capture_output=True, text=True).stdout


def test_its_hot_modules_are_compiled(app: Path) -> None:
    for module in ("sip_edge.message.message", "sip_edge.edge"):
        assert _file_of(module, app).startswith(str(app / FOLDER))


def test_what_was_compiled_of_other_sources_is_not_used(app: Path, tmp_path: Path) -> None:
    changed = tmp_path / "app"
    shutil.copytree(app, changed)
    with (changed / "sip_edge" / "message" / "uri.py").open("a") as source:
        source.write("# changed\n")
    for module in ("sip_edge.message.message", "sip_edge.edge"):
        assert _file_of(module, changed).startswith(str(changed / "sip_edge"))


def test_an_edge_starts_from_it_is_healthy_and_writes_nothing(app: Path, service: Service, tmp_path: Path) -> None:
    port = free_port()
    settings = edge_settings(service, HEALTH_PORT=str(port))
    log = tmp_path / "edge.log"
    before = {path for path in app.rglob("*") if path.is_file()}
    with (
        log.open("wb") as output,
        subprocess.Popen(
            # -S: without the packages of this Python.
            (PYTHON, "-S", "-B", "-m", "sip_edge"),
            cwd=app,
            env=settings,
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as edge,
    ):
        try:
            wait_until(lambda: "listening" in log.read_text() or edge.poll() is not None, "the edge listens")
            assert "listening" in log.read_text(), log.read_text()
            question = re.search(r'CMD \["python", "-c", "(.*)"\]', DOCKERFILE)
            assert question
            asked = question[1].replace("8080", str(port))
            assert subprocess.run((PYTHON, "-c", asked), check=False).returncode == 0
        finally:
            edge.terminate()
            edge.wait(30)
    assert edge.returncode == 0
    assert {path for path in app.rglob("*") if path.is_file()} == before


def test_it_holds_no_more_than_it_needs(app: Path) -> None:
    assert {path.name for path in (app / "botocore" / "data").iterdir() if path.is_dir()} == {
        "dynamodb",
        "secretsmanager",
    }
    assert not any((app / name).exists() for name in ("bin", "pip", "tests", "infra", "lambdas"))
    size = sum(path.stat().st_size for path in app.rglob("*") if path.is_file())
    assert size < 60_000_000
