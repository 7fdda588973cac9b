"""An edge that can't start says why in one line, and nothing of what its settings hold."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from contextlib import closing
from typing import Any

import pytest

SECRET = "canary-secret-" + "s" * 32
WHOLE = {
    "BASE_DOMAIN": "voip.example",
    "SIP_HOST": "127.0.0.1",
    "ADVERTISED_HOST": "127.0.0.1",
    "SIP_SECRET": SECRET,
    "AWS_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "id",
    "AWS_SECRET_ACCESS_KEY": SECRET,
    "ADDRESSES_TABLE": "addresses",
    "DIRECT_HASHES_TABLE": "direct-hashes",
    "ATTEMPTS_TABLE": "attempts",
    "CUSTOMERS_TABLE": "customers",
    "SWITCHES_TABLE": "switches",
    "TRACES_TABLE": "traces",
    "EDGES_TABLE": "edges",
    "PUSH_APPS_TABLE": "push-apps",
    "WAKE_UPS_TABLE": "wake-ups",
    "REFRESH_PUSHES_TABLE": "refresh-pushes",
}


def complaint(environment: dict[str, str]) -> dict[str, Any]:
    """Returns the log of an edge that ends with status 1."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    ended = subprocess.run(
        (sys.executable, "-m", "sip_edge"),
        env={**clean, "AWS_CONFIG_FILE": os.devnull, **environment},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr == ""
    assert SECRET not in ended.stdout
    (line,) = ended.stdout.splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def test_settings_that_are_missing() -> None:
    wrong = complaint({"SIP_SECRET": SECRET})["settings"]
    assert wrong == {"BASE_DOMAIN": "Field required", "ADVERTISED_HOST": "Field required"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SIP_PORT", "70000"),
        ("REGISTER_CHALLENGE", "402"),
        ("SIP_SECRET", "canary"),
        ("APNS_SERVER", "api.push.apple.com"),
        ("APNS_SANDBOX_SERVER", "https://api.sandbox.push.apple.com:443"),
        ("FCM_URL", "http://fcm.googleapis.com"),
        ("GOOGLE_TOKEN_URL", "file:///etc/passwd"),
        ("PUSH_CA_FILE", "/nowhere.pem"),
    ],
)
def test_a_setting_that_is_wrong(name: str, value: str) -> None:
    assert list(complaint({**WHOLE, name: value})["settings"]) == [name]


@pytest.mark.parametrize("name", ["ADDRESSES_TABLE", "DIRECT_HASHES_TABLE", "AWS_REGION"])
def test_what_the_directory_misses(name: str) -> None:
    environment = {other: value for other, value in WHOLE.items() if other != name}
    assert complaint(environment)["setting"] == name


def test_two_ways_to_the_keys_or_none() -> None:
    neither = {name: value for name, value in WHOLE.items() if name != "SIP_SECRET"}
    for environment in (neither, {**WHOLE, "SIP_SECRET_ID": "keys"}):
        assert complaint(environment)["settings"] == {
            "settings": "Value error, one of SIP_SECRET and SIP_SECRET_ID is needed"
        }


def test_keys_that_can_not_be_read() -> None:
    with closing(socket.socket()) as closed:
        closed.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{closed.getsockname()[1]}"
    environment = {name: value for name, value in WHOLE.items() if name != "SIP_SECRET"} | {
        "SIP_SECRET_ID": "keys",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_MAX_ATTEMPTS": "1",
    }
    found = complaint(environment)
    assert (found["message"], found["reason"]) == ("can't read the keys", "EndpointConnectionError")


def test_nobody_has_credentials() -> None:
    environment = {name: value for name, value in WHOLE.items() if name != "AWS_ACCESS_KEY_ID"}
    environment |= {"AWS_EC2_METADATA_DISABLED": "true", "AWS_SHARED_CREDENTIALS_FILE": "/nowhere"}
    assert complaint(environment)["message"] == "no credentials for AWS"


def test_a_port_that_is_taken() -> None:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as taken:
        taken.bind(("127.0.0.1", 0))
        found = complaint({**WHOLE, "SIP_PORT": str(taken.getsockname()[1])})
    assert (found["message"], found["reason"]) == ("can't listen", "Address already in use")
