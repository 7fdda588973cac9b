"""The files of the image are enough for an edge. Here its steps are carried out, and an edge starts.

It runs as in the task: as the image's user, without capabilities, on a root that is read-only.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sip_edge.build.compiled import FOLDER
from tests.calls.office import Office
from tests.edge_process import edge_settings
from tests.image import dockerfile
from tests.image.container import Container
from tests.ports import free_port
from tests.service import Service
from tests.transport.peers import UdpPeer
from tests.transport.wire_phone import WirePhone
from tests.waiting import wait_until

HOT = ("sip_edge.message.message", "sip_edge.edge")
ATTEMPTS = """
import errno, os
for folder in ("/", "/app", "/app/sip_edge", "/dev"):
    try:
        open(folder + "/written", "w")
        print("wrote to", folder)
    except OSError as error:
        print(errno.errorcode[error.errno])
print(os.getuid(), os.getgid(), os.getgroups())
print([line.split()[1] for line in open("/proc/self/status") if line.startswith(("CapEff", "CapPrm", "CapBnd"))])
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder /app of the image."""
    return dockerfile.carry_out(tmp_path_factory.mktemp("image"))


@pytest.fixture(scope="module")
def container(app: Path, tmp_path_factory: pytest.TempPathFactory) -> Container:
    return Container(tmp_path_factory.mktemp("root"), {dockerfile.FOLDER: app}, dockerfile.USER)


def _file_of(module: str, container: Container) -> str:
    """The file that an edge in a container imports a module from."""
    code = f"import {module}; print({module}.__file__, end='')"
    status, printed = container.run(("python", "-c", code), dockerfile.ENVIRONMENT)
    assert status == 0, printed
    return printed


def test_its_hot_modules_are_compiled(container: Container) -> None:
    for module in HOT:
        assert _file_of(module, container).startswith(f"/app/{FOLDER}/")


def test_what_was_compiled_of_other_sources_is_not_used(app: Path, tmp_path: Path) -> None:
    root, changed = tmp_path / "root", tmp_path / "app"
    root.mkdir()
    shutil.copytree(app, changed)
    with (changed / "sip_edge" / "message" / "uri.py").open("a") as source:
        source.write("# changed\n")
    container = Container(root, {dockerfile.FOLDER: changed}, dockerfile.USER)
    for module in HOT:
        assert _file_of(module, container).startswith("/app/sip_edge/")


def test_nobody_can_write_anywhere_or_do_anything(container: Container) -> None:
    _, printed = container.run(("python", "-c", ATTEMPTS), dockerfile.ENVIRONMENT)
    assert printed.splitlines() == [*["EROFS"] * 4, "65534 65534 []", f"{['0' * 16] * 3}"]


def test_a_phone_registers_at_an_edge_that_starts_from_it_and_is_healthy(
    container: Container, service: Service, tmp_path: Path
) -> None:
    port = str(free_port())
    settings = dockerfile.ENVIRONMENT | edge_settings(service, HEALTH_PORT=port)
    question = [word.replace(":8080/", f":{port}/") for word in dockerfile.HEALTH_QUESTION]
    assert question != dockerfile.HEALTH_QUESTION
    log = tmp_path / "edge.log"
    with log.open("wb") as output, container.start(dockerfile.ENTRYPOINT, settings, output) as edge:
        try:
            wait_until(lambda: "listening" in log.read_text() or edge.poll() is not None, "the edge listens")
            assert "listening" in log.read_text(), log.read_text()
            with Office(service, int(settings["SIP_PORT"])) as office:
                peer = UdpPeer(("127.0.0.1", office.sip_port))
                assert WirePhone(office, office.extension()["username"], peer, "UDP").register().status == 200
                peer.close()
            assert container.run(question, settings) == (0, "")
        finally:
            edge.terminate()
            edge.wait(30)
    assert edge.returncode == 0
    assert container.run(question, settings)[0] == 1


def test_it_holds_no_more_than_it_needs(app: Path) -> None:
    assert {path.name for path in (app / "botocore" / "data").iterdir() if path.is_dir()} == {
        "dynamodb",
        "ecs",
        "kms",
        "secretsmanager",
    }
    assert not any((app / name).exists() for name in ("bin", "pip", "tests", "infra", "lambdas"))
    size = sum(path.stat().st_size for path in app.rglob("*") if path.is_file())
    assert size < 58_000_000
