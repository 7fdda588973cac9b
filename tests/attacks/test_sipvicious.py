"""SIPVicious, which most attackers run, finds no server, no extension and no password.

That holds as it comes, and in disguise. There the limits and the likeness of all refusals alone are in its way."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attacks.disguise import Disguise
from tests.calls.office import PASSWORD, Office
from tests.edge_process import EdgeProcess
from tests.service import Service
from tests.transport.peers import UdpPeer
from tests.transport.wire_phone import WirePhone

NAMES = [f"phone{n}" for n in range(40)]
TIMEOUT_S = 60


@pytest.fixture(scope="module")
def edge(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgeProcess]:
    with EdgeProcess(service, tmp_path_factory.mktemp("edge")) as edge:
        edge.wait_until_ready()
        yield edge


@pytest.fixture(scope="module")
def office(service: Service, edge: EdgeProcess) -> Iterator[Office]:
    """Of the names that will be tried some are extensions, one of them registered."""
    with Office(service) as office:
        for name in ("phone7", "phone23"):
            office.extension(name)
        phone = WirePhone(office, "phone23", UdpPeer(("127.0.0.1", edge.port()), "127.0.1.1"), "UDP")
        assert phone.register(expires=3600).status == 200
        yield office
        phone.peer.close()


def run(tool: str, *arguments: str, folder: Path) -> str:
    """Returns a tool's output."""
    command = (sys.executable, "-m", f"sipvicious.{tool}", *arguments)
    run = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=TIMEOUT_S, cwd=folder, check=False
    )
    return run.stdout


@pytest.mark.parametrize("how", [[], ["-c"]], ids=["plain", "compact"])
def test_svmap_finds_no_server(edge: EdgeProcess, office: Office, tmp_path: Path, how: list[str]) -> None:
    found = run("svmap", "-p", str(edge.port()), *how, "127.0.0.1", folder=tmp_path)
    assert "found nothing" in found, found


def write(folder: Path, lines: list[str]) -> str:
    path = folder / "dictionary.txt"
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def search(edge: EdgeProcess, office: Office, folder: Path, method: str, port: int) -> str:
    how = ("-m", method, "--domain", office.domain, "--force", "--maximumtime", "2", "-p", str(port))
    return run("svwar", "-d", write(folder, NAMES), *how, "127.0.0.1", folder=folder)


def test_svwar_finds_no_extension(edge: EdgeProcess, office: Office, tmp_path: Path) -> None:
    assert "found nothing" in search(edge, office, tmp_path, "REGISTER", edge.port())


@pytest.mark.parametrize("method", ["REGISTER", "INVITE", "OPTIONS"])
def test_svwar_in_disguise_finds_no_extension(edge: EdgeProcess, office: Office, tmp_path: Path, method: str) -> None:
    with Disguise(("127.0.0.1", edge.port()), "127.0.2.1") as disguise:
        found = search(edge, office, tmp_path, method, disguise.port)
        assert disguise.sent > 0
    assert "found nothing" in found, found


@pytest.mark.parametrize(("wrong_ones", "is_found"), [(3, True), (40, False)], ids=["few", "many"])
def test_svcrack_finds_no_password_by_trying_many(
    edge: EdgeProcess, office: Office, tmp_path: Path, wrong_ones: int, is_found: bool
) -> None:
    """A password that is among the first guesses shows that the tool can do it, and none protects that one."""
    dictionary = write(tmp_path, [*[f"wrong-password-{n}" for n in range(wrong_ones)], PASSWORD])
    with Disguise(("127.0.0.1", edge.port()), f"127.0.3.{wrong_ones}") as disguise:
        how = ("-u", "phone7", "--domain", office.domain, "--maximumtime", "2", "-p", str(disguise.port))
        found = run("svcrack", "-d", dictionary, *how, "127.0.0.1", folder=tmp_path)
        assert disguise.sent > 3
    assert (PASSWORD in found) is is_found, found
