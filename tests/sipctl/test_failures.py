"""Exit codes and words of failures: 1 for a refusal, 2 for wrong usage, and never a secret."""

from __future__ import annotations

import json

import pytest

from tests.calls.office import Office
from tests.ports import free_port
from tests.service import Service
from tests.sipctl.terminal import Terminal

CANARY = "canary-77aa-must-not-sing"


def test_a_refusal_is_the_problem_of_the_api(terminal: Terminal, office: Office) -> None:
    office.extension("office1")
    taken = terminal.run("extensions", "create", "office1", stdin=f"{CANARY}\n")
    assert (taken.status, taken.stdout) == (1, "")
    assert taken.stderr.startswith("sipctl: username_taken: ")
    assert "In the logs it is " in taken.stderr
    short = terminal.run("extensions", "create", "office2", "--json", stdin="short\n")
    assert (short.status, short.stdout) == (1, "")
    problem = json.loads(short.stderr)
    assert (problem["code"], problem["errors"][0]["pointer"]) == ("validation_failed", "#/password")
    assert "password: " in terminal.run("extensions", "create", "office2", stdin="short\n").stderr
    missing = terminal.run("extensions", "show", "office9", "--json")
    assert (missing.status, json.loads(missing.stderr)["code"]) == (1, "not_found")
    assert CANARY not in terminal.printed


def test_a_bad_token_is_refused_and_not_repeated(terminal: Terminal) -> None:
    refused = terminal.run("extensions", "list", SIP_API_TOKEN=CANARY)
    assert (refused.status, refused.stderr.split(":")[1]) == (1, " unauthorized")
    assert terminal.run("--token", f"{CANARY}\n", "extensions", "list").status == 2
    assert CANARY not in terminal.printed


def test_an_api_that_is_not_there(terminal: Terminal) -> None:
    refused = terminal.run("extensions", "list", "--json", SIP_API_URL=f"http://127.0.0.1:{free_port()}/v1.0")
    assert (refused.status, json.loads(refused.stderr)["code"]) == (1, "unreachable")


def test_what_is_not_the_api(terminal: Terminal, service: Service) -> None:
    refused = terminal.run("extensions", "list", SIP_API_URL=f"{service.endpoint}/_ministack/nowhere")
    assert (refused.status, refused.stdout) == (1, "")
    assert refused.stderr.startswith("sipctl: ")


@pytest.mark.parametrize(
    "arguments",
    [
        ("extensions", "lsit"),
        ("extensions", "change", "office1"),
        ("keys", "create", "k", "--expires-in", "1"),
        ("--api-url", "http://api.example/v1.0", "extensions", "list"),
        ("--api-url", f"https://user:{CANARY}@api.example/v1.0", "extensions", "list"),
        ("--api-url", f"https://api.example/v1.0?token={CANARY}", "extensions", "list"),
        ("--api-url", f"https://[{CANARY}", "extensions", "list"),
        ("customers", "list"),
        ("--profile", "nobody", "customers", "list"),
    ],
)
def test_wrong_usage(terminal: Terminal, arguments: tuple[str, ...]) -> None:
    wrong = terminal.run(*arguments, AWS_CONFIG_FILE="/dev/null", AWS_SHARED_CREDENTIALS_FILE="/dev/null")
    assert (wrong.status, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("Usage: sipctl ")
    assert CANARY not in wrong.stderr


def test_without_an_api(tmp_path_factory: pytest.TempPathFactory) -> None:
    nowhere = Terminal(STATE_DIR=str(tmp_path_factory.mktemp("empty")))
    missing = nowhere.run("extensions", "list")
    assert missing.status == 2
    assert "make run" in missing.stderr
    assert nowhere.run("extensions", "list", "--help").status == 0
