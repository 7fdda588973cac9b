"""A start that can't succeed says so in one line, and leaves nothing behind."""

from __future__ import annotations

import fcntl
import socket
from pathlib import Path

import pytest

from tests.runner import Runner


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def refusal(runner: Runner) -> str:
    """The one line with which a start fails."""
    assert runner.process.wait(30) == 1
    (line,) = runner.output().splitlines()
    assert line.startswith("sip-extensions: ")
    return line


def test_a_taken_api_port(state: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"TCP port {port} is taken; choose another by API_PORT=" in refusal(Runner(state, api_port=port))


def test_a_taken_sip_port(state: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert f"UDP port {port} is taken; choose another by SIP_PORT=" in refusal(Runner(state, sip_port=port))


def test_a_wrong_setting(state: Path) -> None:
    assert "SIP_PORT='99999': Input should be less than or equal to 65535" in refusal(Runner(state, sip_port=99999))


def test_a_missing_package(state: Path, tmp_path: Path) -> None:
    (tmp_path / "boto3.py").write_text("raise ImportError(\"No module named 'boto3'\")")
    line = refusal(Runner(state, PYTHONPATH=str(tmp_path)))
    assert line == "sip-extensions: No module named 'boto3'; `make run` installs all that is needed"


def test_a_state_folder_that_is_a_file(state: Path) -> None:
    state.write_text("")
    assert f"the state folder {state} can't be used: File exists" in refusal(Runner(state))


def test_a_state_folder_that_is_in_use(state: Path) -> None:
    state.mkdir()
    with (state / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert f"the service already runs on the state folder {state}" in refusal(Runner(state))


@pytest.mark.parametrize("name", ["demo.json", "sip-secret", "emulator/dynamodb.json"])
def test_a_state_folder_that_is_broken(state: Path, name: str) -> None:
    (state / "emulator").mkdir(parents=True)
    (state / name).write_text('{"cut off')
    assert f"the state folder is broken: {state / name} can't be understood" in refusal(Runner(state))
