"""Push apps at the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.push.providers import Providers
from tests.sipctl.terminal import Terminal


@pytest.fixture
def files(tmp_path: Path, providers: Providers) -> dict[str, str]:
    """The files as the providers hand them out."""
    key, account = tmp_path / "AuthKey.p8", tmp_path / "account.json"
    key.write_text(providers.apns_app["apns"]["private_key"])
    account.write_text(json.dumps(providers.fcm_app["fcm"]["service_account"]))
    return {"key": str(key), "account": str(account)}


def test_push_apps_from_beginning_to_end(terminal: Terminal, files: dict[str, str]) -> None:
    assert terminal.text("push-apps", "list") == "none\n"
    apple = terminal.json(
        *("push-apps", "create-apns", "com.example.app", "--team", "ABCDE12345"),
        *("--key-id", "KEY1234567", "--key", files["key"]),
    )
    google = terminal.json("push-apps", "create-fcm", "--account", files["account"], "--project-number", "929724111839")
    assert (apple["app"], google["app"]) == ("com.example.app", "my-app-12")
    assert "com.example.app" in terminal.text("push-apps", "list")
    for app in (apple, google):
        assert terminal.json("push-apps", "test", app["id"])["test"]["status"] == "accepted"
    assert "accepted" in terminal.text("push-apps", "test", apple["id"])
    assert terminal.json("push-apps", "delete", apple["id"], "--yes")["id"] == apple["id"]
    assert [app["id"] for app in terminal.json("push-apps", "list")] == [google["id"]]
    assert "PRIVATE KEY" not in terminal.printed


def test_a_file_that_is_no_json(terminal: Terminal, files: dict[str, str]) -> None:
    ended = terminal.run("push-apps", "create-fcm", "--account", files["key"])
    assert ended.status == 2
    assert "PRIVATE KEY" not in ended.stderr
