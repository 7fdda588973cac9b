"""npm packages are installed behind a TLS proxy whose certificate is in the system's store alone."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import ssl
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.loopback_server import LoopbackServer
from tests.transport.conftest import write_certificate

ROOT = Path(__file__).parent.parent
PACKAGE = json.dumps({"name": "tiny", "version": "1.0.0"}).encode()
INSTALL = "import sys, pathlib; from tests import npm; npm.install(pathlib.Path(sys.argv[1]))"


def tarball() -> bytes:
    """The package as a registry has it."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        entry = tarfile.TarInfo("package/package.json")
        entry.size = len(PACKAGE)
        archive.addfile(entry, io.BytesIO(PACKAGE))
    return made.getvalue()


TARBALL = tarball()


class Proxy(BaseHTTPRequestHandler):
    """Answers every request with the package."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(TARBALL)))
        self.end_headers()
        self.wfile.write(TARBALL)

    def log_message(self, *_: object) -> None:
        pass


class Server(LoopbackServer):
    """A server that prints no refused handshake."""

    def handle_error(self, *_: object) -> None:
        pass


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store that holds the certificate of `localhost` alone; its key lies beside it."""
    folder = tmp_path / "certs"
    folder.mkdir()
    write_certificate(tmp_path, "localhost")
    (tmp_path / "certificate.pem").rename(folder / "proxy.pem")
    return folder


@pytest.fixture
def registry(store: Path) -> Iterator[str]:
    """The URL of a registry whose certificate is in that store."""
    server = Server(Proxy)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(store / "proxy.pem", store.parent / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with server:
        yield f"https://localhost:{server.server_port}"


@pytest.fixture
def project(tmp_path: Path, registry: str) -> Path:
    """A folder whose lock asks for the package."""
    folder = tmp_path / "project"
    folder.mkdir()
    wanted = {"name": "project", "dependencies": {"tiny": "1.0.0"}}
    locked = {
        "version": "1.0.0",
        "resolved": f"{registry}/tiny-1.0.0.tgz",
        "integrity": f"sha512-{base64.b64encode(hashlib.sha512(TARBALL).digest()).decode()}",
    }
    lock = {"lockfileVersion": 3, "packages": {"": wanted, "node_modules/tiny": locked}}
    (folder / "package.json").write_text(json.dumps(wanted))
    (folder / "package-lock.json").write_text(json.dumps(lock))
    return folder


def install(project: Path, store: Path) -> subprocess.CompletedProcess[str]:
    """Install in an empty environment, in a mount namespace whose system store is that one."""
    mounting = 'mount --bind "$0" /etc/ssl/certs && exec "$@"'
    return subprocess.run(
        ("unshare", "-rm", "sh", "-c", mounting, store, sys.executable, "-c", INSTALL, project),
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(project.parent)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_a_certificate_of_the_systems_store_is_trusted(project: Path, store: Path) -> None:
    installed = install(project, store)
    assert installed.returncode == 0, installed.stderr
    assert (project / "node_modules" / "tiny" / "package.json").read_bytes() == PACKAGE


def test_no_other_certificate_is_trusted(project: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    (project / ".npmrc").write_text("fetch-retries=0\n")
    assert "DEPTH_ZERO_SELF_SIGNED_CERT" in install(project, empty).stderr
