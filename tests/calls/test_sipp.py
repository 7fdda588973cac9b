"""SIPp's view: many registrations and calls in a row, and none may fail."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.calls.office import PASSWORD, Office
from tests.calls.wire import WirePhone
from tests.ports import free_port

SCENARIOS = Path(__file__).parent / "sipp"
OVER = pytest.mark.parametrize("mode", ["u1", "t1"], ids=["udp", "tcp"])
ACCOUNTS = 10
ROUNDS = 10


def sipp(office: Office, folder: Path, scenario: str, port: int, *options: str) -> list[str]:
    program = shutil.which("sipp")
    assert program, "sipp is missing: install Debian's package sip-tester"
    return [
        program,
        f"{office.service.sip_host}:{office.sip_port}",
        *("-sf", str(SCENARIOS / f"{scenario}.xml"), "-i", "127.0.0.1", "-p", str(port), "-nostdin"),
        *("-trace_err", "-error_file", str(folder / f"{scenario}.err"), "-timeout", "60s", "-timeout_error"),
        # What was repeated, because somebody stood still for half a second, may come when something else is expected.
        *("-default_behaviors", "all,-abortunexp"),
        *options,
    ]


def run(command: list[str], folder: Path) -> None:
    """Run SIPp to its end. It exits with 0 when no call has failed."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=90, check=False)
    errors = "\n".join(path.read_text()[-2000:] for path in folder.glob("*.err"))
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{errors}"


def accounts(office: Office, folder: Path, callee: str = "") -> Path:
    rows = []
    for _ in range(ACCOUNTS):
        username = office.extension()["username"]
        rows.append(f"{username};{office.domain};[authentication username={username} password={PASSWORD}];{callee}")
    path = folder / "accounts.csv"
    path.write_text("\n".join(["SEQUENTIAL", *rows, ""]))
    return path


@OVER
def test_registrations(office: Office, tmp_path: Path, mode: str) -> None:
    file = accounts(office, tmp_path)
    load = ("-t", mode, "-inf", str(file), "-m", str(ACCOUNTS * ROUNDS), "-r", "20", "-l", str(ACCOUNTS))
    run(sipp(office, tmp_path, "register", free_port(), *load), tmp_path)


@OVER
def test_calls(office: Office, tmp_path: Path, mode: str) -> None:
    callee = office.extension()["username"]
    port = free_port()
    with WirePhone(office, callee, port=port) as phone:
        phone.register()  # from the port on which SIPp will answer: calls go where the REGISTER came from
    file = accounts(office, tmp_path, callee)
    answering = subprocess.Popen(
        sipp(office, tmp_path, "callee", port, "-t", "u1"),
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        load = ("-t", mode, "-inf", str(file), "-m", str(ACCOUNTS * ROUNDS), "-r", "20")
        run(sipp(office, tmp_path, "caller", free_port(), *load), tmp_path)
    finally:
        answering.kill()
        answering.wait()
