"""The data is on the disk while the service runs; when that fails, the service says so."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sqlite3
from pathlib import Path

import pytest
import requests

from chaos import killed_service
from tests.events.listener import Listener
from tests.runner import Runner
from tests.service import Service
from tests.waiting import wait_until

_PASSWORD = "secure-password-123"


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    runner = Runner(tmp_path / "state")
    runner.wait_until_ready()
    return runner


def started_again(runner: Runner) -> Runner:
    again = Runner(runner.state, runner.api_port, runner.sip_port, runner.ws_port)
    again.wait_until_ready()
    return again


def create(runner: Runner, username: str) -> None:
    demo = runner.demo()
    body = {"name": username, "username": username, "password": _PASSWORD}
    url = f"{demo['api_url']}/extensions"
    requests.post(url, params={"token": demo["token"]}, json=body, timeout=30).raise_for_status()


def usernames(runner: Runner) -> list[str]:
    demo = runner.demo()
    answer = requests.get(f"{demo['api_url']}/extensions", params={"token": demo["token"]}, timeout=30)
    return sorted(extension["username"] for extension in answer.json()["result"])


def emulator_of(runner: Runner) -> int:
    return next(p for p in runner.descendants() if b"local.emulated" in Path(f"/proc/{p}/cmdline").read_bytes())


def is_saved(runner: Runner, username: str) -> bool:
    database = sqlite3.connect(f"file:{runner.state}/emulator/data.sqlite3?mode=ro", uri=True)
    try:
        return any(f'"{username}"' in item for (item,) in database.execute("SELECT item FROM items"))
    finally:
        database.close()


def limit_files(process: int, size: int) -> None:
    """No file of the process grows beyond the size in bytes: as on a full disk, its writes fail."""
    resource.prlimit(process, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def test_a_killed_part_costs_the_last_writes_alone(tmp_path: Path) -> None:
    # The machine of a test may be slow; make chaos holds the service to one second.
    findings = asyncio.run(killed_service.run(tmp_path, kills=1, saved_after_s=10))
    assert not findings.broken


def test_after_a_killed_emulator_the_loss_is_told_and_events_go_on(runner: Runner) -> None:
    service = Service(runner)
    listener = Listener(service, service.customer_id)
    create(runner, "before")
    listener.wait_for("extension.created")
    wait_until(lambda: is_saved(runner, "before"), "the extension is on the disk")
    os.kill(emulator_of(runner), signal.SIGKILL)
    assert runner.process.wait(60) == 1
    assert "sip-extensions: the emulator ended by SIGKILL" in runner.output().splitlines()[-1]

    again = started_again(runner)
    assert again.output().startswith("The last run was killed, or could not save. What was written after ")
    assert usernames(again) == ["before"]
    assert again.demo() == runner.demo()
    listener = Listener(Service(again), service.customer_id)
    create(again, "after")
    assert listener.wait_for("extension.created")["data"]["username"] == "after"
    assert again.stop() == 0


def test_a_full_disk_is_told_at_once_at_the_end_and_at_the_next_start(runner: Runner) -> None:
    create(runner, "first")
    wait_until(lambda: is_saved(runner, "first"), "the extension is on the disk")
    emulator = emulator_of(runner)
    limit_files(emulator, 0)
    create(runner, "second")
    wait_until(lambda: "the data can't be saved" in runner.output(), "the runner tells", then_tell=runner.log_text)
    assert not is_saved(runner, "second")
    limit_files(emulator, resource.RLIM_INFINITY)
    wait_until(lambda: "the data is saved again" in runner.output(), "the runner tells", then_tell=runner.log_text)
    assert is_saved(runner, "second")

    limit_files(emulator, 0)
    create(runner, "third")
    assert runner.stop() == 1
    *_, lost, last = runner.output().splitlines()
    assert lost.startswith("sip-extensions: what was not saved yet is lost")
    assert last.startswith("sip-extensions: the emulator ended with status 1, and has not saved its end")

    again = started_again(runner)
    assert again.output().startswith("The last run was killed, or could not save.")
    assert usernames(again) == ["first", "second"]
    assert again.stop() == 0
