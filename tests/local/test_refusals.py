"""A start that can't succeed says so in one line, and leaves nothing behind."""

from __future__ import annotations

import fcntl
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from local.store import Changes, Store
from tests.runner import Runner
from tests.waiting import wait_until


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


@pytest.mark.parametrize("name", ["demo.json", "sip-secret", "emulator/dynamodb.json", "emulator/data.sqlite3"])
@pytest.mark.parametrize("content", ['{"cut off', '{"another": "shape"}', ""])
def test_a_file_of_another_shape_is_refused_and_kept(state: Path, name: str, content: str) -> None:
    (state / "emulator").mkdir(parents=True)
    (state / name).write_text(content)
    assert f"the state folder is broken: {state / name} can't be understood" in refusal(Runner(state))
    assert (state / name).read_text() == content


def test_a_database_of_a_later_version_is_refused_and_kept(state: Path) -> None:
    (state / "emulator").mkdir(parents=True)
    path = state / "emulator" / "data.sqlite3"
    with closing(Store(path)) as store:
        store.commit(Changes(items={"key": "item"}))
    with closing(sqlite3.connect(path)) as later:
        later.execute("PRAGMA user_version = 2")
    before = path.read_bytes()
    assert f"the state folder is broken: {path} can't be understood" in refusal(Runner(state))
    assert path.read_bytes() == before


def test_a_state_that_the_emulator_does_not_understand_is_refused_and_kept(state: Path) -> None:
    (state / "emulator").mkdir(parents=True)
    path = state / "emulator" / "data.sqlite3"
    with closing(Store(path)) as store:
        store.commit(Changes(services={"dynamodb": '{"tables": "none"}'}, items={"key": "item"}))
    runner = Runner(state)
    assert runner.process.wait(60) == 1
    assert "the data can't be understood" in runner.output().splitlines()[-1]
    with closing(Store(path)) as store:
        assert store.services() == {"dynamodb": '{"tables": "none"}'}
        assert list(store.items()) == [("key", "item")]


def test_of_two_runs_with_the_same_ports_one_is_refused(tmp_path: Path) -> None:
    one = Runner(tmp_path / "one" / "state")
    other = Runner(tmp_path / "other" / "state", one.api_port, one.sip_port, one.ws_port)
    ended = wait_until(lambda: [runner for runner in (one, other) if runner.process.poll() is not None], "one ends", 60)
    assert len(ended) == 1
    assert f"TCP port {one.api_port} is taken" in refusal(ended[0])
    stays = other if ended == [one] else one
    stays.wait_until_ready()
    assert not (ended[0].state / "demo.json").exists()
    assert stays.stop() == 0
