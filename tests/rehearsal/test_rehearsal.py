"""A whole rehearsal against the emulator, as a person starts it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner, Result

from directory.schema import tables
from local.emulator import CREDENTIALS, REGION
from rehearsal.__main__ import main
from rehearsal.price import most_usd
from rehearsal.run import NOT_TRIED
from sipctl.environment import Environment
from tests.service import Service
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
PHONES = 12
ON_AWS_ALONE = {
    *("preflight", "deploy", "canary", "rolling update", "kill an edge", "zone away", "doctor"),
    "new edges after the restore",
}


class Started:
    """A rehearsal in a process of its own, with its files in a folder."""

    def __init__(self, service: Service, folder: Path, answer: str, options: Sequence[str] = ()) -> None:
        self.output = folder / "output"
        self.page = folder / "rehearsal.md"
        self.state = folder / "rehearsal.json"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SIP_API_"))}
        own = {"AWS_EC2_METADATA_DISABLED": "true", **aws(service)}
        edge = ("--edge", f"{service.sip_host}:{service.sip_port}")
        files = ("--state", str(self.state), "--report", str(self.page))
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                (sys.executable, "-m", "rehearsal", "--environment", "live", *edge, *files, *options),
                cwd=ROOT,
                env=kept | own,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        assert self.process.stdin
        self.process.stdin.write(f"{answer}\n".encode())
        self.process.stdin.close()

    def wait(self) -> int:
        """Its exit status."""
        return self.process.wait(90)

    def text(self) -> str:
        """All that it has printed so far."""
        return self.output.read_text()

    def outcomes(self) -> dict[str, list[str]]:
        """The outcomes of each step, out of the report."""
        found: dict[str, list[str]] = {}
        for row in self.page.read_text().splitlines():
            if row.startswith("| ") and not row.startswith("| step"):
                name, outcome = row.strip("| ").split(" | ")[:2]
                found.setdefault(name, []).append(outcome)
        return found


def aws(service: Service) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": service.endpoint,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": CREDENTIALS.access_key,
        "AWS_SECRET_ACCESS_KEY": CREDENTIALS.secret_key,
        "SIP_API_URL": service.api_url,
    }


def customers(service: Service) -> set[str]:
    answer = requests.get(f"{service.api_url}/customers", auth=service.operator, timeout=30)
    return {customer["id"] for customer in answer.json()["result"]}


def backups(service: Service) -> list[str]:
    return [backup["BackupName"] for backup in service.dynamodb.list_backups()["BackupSummaries"]]


def test_it_goes_as_far_as_the_emulator_does(service: Service, tmp_path: Path) -> None:
    table = service.tables[tables.EXTENSIONS.variable]
    service.dynamodb.create_backup(TableName=table, BackupName="sipctl-of-yesterday")
    before = customers(service), backups(service)
    run = Started(service, tmp_path, "live", ("--phones", str(PHONES)))
    assert run.wait() == 0, run.text()
    outcomes = run.outcomes()
    assert {step for step, found in outcomes.items() if NOT_TRIED in found} == ON_AWS_ALONE
    assert outcomes["phones"] == outcomes["restore"] == ["done", "undone"]
    page = run.page.read_text()
    assert f"registered phones: {PHONES}" in page
    assert "missed calls: 0, refused or unanswered registrations: 0" in page
    assert page.endswith("Nothing.\n")
    assert not run.state.exists()
    assert (customers(service), backups(service)) == before
    assert not list(tmp_path.glob("*.backup"))


def test_ctrl_c_cleans_up(service: Service, tmp_path: Path) -> None:
    before = customers(service)
    run = Started(service, tmp_path, "live", ("--phones", "200"))
    wait_until(lambda: "phones ..." in run.text(), "phones begin", 30, run.text)
    wait_until(lambda: customers(service) - before, "a customer is made", 30, run.text)
    run.process.send_signal(signal.SIGINT)
    assert run.wait() == 1
    assert "Nothing is left." in run.text()
    assert run.outcomes()["phones"] == ["failed", "undone"]
    assert customers(service) == before


def test_a_run_that_ended_suddenly_is_cleaned_up_by_the_next(service: Service, tmp_path: Path) -> None:
    before = customers(service)
    run = Started(service, tmp_path, "live", ("--phones", "200"))
    wait_until(lambda: customers(service) - before, "a customer is made", 30, run.text)
    run.process.kill()
    run.wait()
    assert json.loads(run.state.read_text())["begun"] == ["phones"]
    assert Started(service, tmp_path, "", ("--clean",)).wait() == 0
    assert customers(service) == before


@pytest.mark.parametrize(
    ("answer", "options", "told"),
    [
        ("", (), "Nothing was done."),
        ("yes", (), "Nothing was done."),
        ("live", ("--most-usd", "1"), "is more than --most-usd 1"),
        ("live", ("--clean",), "nothing can be cleaned"),
    ],
)
def test_it_begins_only_with_a_typed_name_and_within_the_limit(
    service: Service, tmp_path: Path, answer: str, options: tuple[str, ...], told: str
) -> None:
    ended = invoked(service, tmp_path, *options, answer=answer)
    assert ended.exit_code == 1
    assert told in ended.output
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("value", ["deletion_protection = true", "warm_writes = 17000"])
def test_a_price_that_can_not_be_kept_is_refused(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    written, folder = tmp_path / "environments.toml", tmp_path / "files"
    written.write_text(f'[live]\nbase = "{service.base}"\n{value}\n')
    folder.mkdir()
    monkeypatch.setattr("sipctl.environment._FILE", written)
    ended = invoked(service, folder, answer="live")
    assert ended.exit_code == 1
    assert f"Leave {value.partition(' ')[0]} out of [live]" in ended.output
    assert not list(folder.iterdir())


def test_a_dry_run_needs_no_account(tmp_path: Path) -> None:
    ended = invoked(None, tmp_path, "--dry-run", "--phones", "5000", "--hours", "24")
    assert ended.exit_code == 0
    assert "Steps: preflight, deploy, canary, phones, rolling update, kill an edge, zone away, restore" in ended.output
    assert "Price: at most $" in ended.output
    assert not list(tmp_path.iterdir())


def test_the_price_grows_with_phones_hours_and_edges() -> None:
    usual = most_usd(Environment("x", {"base": "x"}), 1000, 4)
    assert 2 <= usual <= 20
    assert most_usd(Environment("x", {"base": "x"}), 1000, 24) > 3 * usual
    assert most_usd(Environment("x", {"base": "x", "edges_most": 100}), 1000, 4) > 3 * usual


def invoked(service: Service | None, folder: Path, *options: str, answer: str = "") -> Result:
    """A run in this process, which ends before it begins."""
    environment = aws(service) if service else dict.fromkeys(("AWS_ACCESS_KEY_ID", "SIP_API_URL"))
    files = ("--state", str(folder / "state"), "--report", str(folder / "page"))
    return CliRunner(env=environment).invoke(main, ["--environment", "live", *files, *options], input=f"{answer}\n")
