"""Starting, ending and starting again."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
import requests

from tests.push.providers import Providers
from tests.runner import Runner, wait_until_gone
from tests.waiting import wait_until


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def usernames(runner: Runner) -> list[str]:
    demo = runner.demo()
    answer = requests.get(f"{demo['api_url']}/extensions", params={"token": demo["token"]}, timeout=30)
    return [extension["username"] for extension in answer.json()["result"]]


def create(runner: Runner, username: str) -> None:
    demo = runner.demo()
    answer = requests.post(
        f"{demo['api_url']}/extensions",
        params={"token": demo["token"]},
        json={"name": username, "username": username, "password": "secure-password-123"},
        timeout=30,
    )
    assert answer.ok, answer.text


def create_push_app(runner: Runner, body: dict[str, object]) -> str:
    demo = runner.demo()
    answer = requests.post(f"{demo['api_url']}/push-apps", params={"token": demo["token"]}, json=body, timeout=30)
    assert answer.ok, answer.text
    app_id: str = answer.json()["id"]
    return app_id


def outcome_of_test(runner: Runner, app_id: str) -> str:
    """The outcome of a test of credentials, which an edge has to decrypt for it."""
    demo = runner.demo()
    url, token = f"{demo['api_url']}/push-apps/{app_id}", {"token": demo["token"]}
    assert requests.post(f"{url}/test", params=token, json={}, timeout=30).ok

    def outcome() -> str:
        status: str = requests.get(url, params=token, timeout=30).json()["test"]["status"]
        return "" if status == "waiting" else status

    return wait_until(outcome, "an edge tests the credentials", 60)


def test_what_was_stored_is_there_after_every_kind_of_end(state: Path, providers: Providers) -> None:
    first = Runner(state)
    first.wait_until_ready()
    demo = first.demo()
    assert demo == {
        "api_url": demo["api_url"],
        "token": demo["token"],
        "customer_id": demo["customer_id"],
        "base": "voip.example",
        "sip_host": "127.0.0.1",
        "sip_port": first.sip_port,
        "ws_port": first.ws_port,
        "access_key_id": "test",
        "secret_access_key": "test",
        "region": "us-east-1",
    }
    assert demo["api_url"].startswith(f"http://127.0.0.1:{first.api_port}/")
    assert demo["api_url"].endswith("/v1.0")
    assert {(state / name).stat().st_mode & 0o777 for name in ("demo.json", "sip-secret")} == {0o600}
    assert f"curl '{demo['api_url']}/extensions?token={demo['token']}'" in first.output()
    create(first, "before-ctrl-c")
    started = first.descendants()
    assert first.stop(signal.SIGINT) == 0
    assert not wait_until_gone(started)

    second = Runner(state, first.api_port, first.sip_port, first.ws_port)
    second.wait_until_ready()
    assert second.demo() == demo
    assert usernames(second) == ["before-ctrl-c"]
    create(second, "before-kill")
    push_app = create_push_app(second, providers.apns_app)
    started = second.descendants()
    second.stop(signal.SIGKILL)
    assert not wait_until_gone(started)

    third = Runner(state, None, None, None, **providers.settings)
    third.wait_until_ready()
    assert third.demo()["token"] == demo["token"]
    assert sorted(usernames(third)) == ["before-ctrl-c", "before-kill"]
    assert outcome_of_test(third, push_app) == "accepted"
    started = third.descendants()
    assert third.stop(signal.SIGTERM) == 0
    assert not wait_until_gone(started)


def test_all_ends_when_a_part_does(state: Path) -> None:
    runner = Runner(state)
    runner.wait_until_ready()
    started = runner.descendants()
    (edge,) = [pid for pid in started if b"sip_edge" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    os.kill(edge, signal.SIGKILL)
    assert runner.process.wait(60) == 1
    assert "sip-extensions: the SIP edge ended by SIGKILL" in runner.output().splitlines()[-1]
    assert not wait_until_gone(started)
