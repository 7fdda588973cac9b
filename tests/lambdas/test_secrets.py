"""Passwords and tokens show up nowhere: not in an answer, a log line, an error or a table."""

from __future__ import annotations

import io
import json
from types import ModuleType
from typing import Any

import pytest

from directory.schema.tables import ALL
from tests import tables
from tests.lambdas.gateway import CONTEXT, Gateway

CANARY = "canary-9f3b-in-the-coal-mine"


@pytest.mark.parametrize(
    "new",
    [
        {"password": CANARY},
        {"password": CANARY, "username": "taken"},
        {"password": CANARY + "\n"},
        {"password": [CANARY]},
        {"password": {"password": CANARY}},
        {"password": CANARY * 10},
        {"password": CANARY, "username": "canary"},
        {"password": CANARY, "name": ""},
        {"password": CANARY, "name": CANARY * 10},
        {"password": CANARY, "extension": "other"},
        {"password": "x", "passwort": CANARY},
        {"password": "Another-good-one", "max_devices": CANARY},
    ],
)
def test_password(
    client: Any, customer: Gateway, capfd: pytest.CaptureFixture[str], logged: io.StringIO, new: dict[str, Any]
) -> None:
    valid = {"name": "Desk", "username": "office1", "password": "secure-password-123"}
    other = customer.call("POST", "/extensions", valid | {"username": "taken"}).body
    answers = [
        customer.call("POST", "/extensions", valid | new),
        customer.call("POST", "/extensions", json.dumps(valid | new)[:-1]),
        customer.call("POST", "/extensions", json.dumps(valid | new), headers={"content-type": "text/plain"}),
        customer.call("PUT", f"/extensions/{other['id']}", new),
        customer.call("PUT", "/extensions/x", new),
        customer.call("GET", "/extensions"),
    ]
    out, err = capfd.readouterr()
    seen = json.dumps([answer.body for answer in answers]) + out + err + logged.getvalue()
    assert CANARY not in seen
    assert all(CANARY not in json.dumps(tables.contents(client, table)) for table in ALL)


@pytest.mark.parametrize("variable", ["POWERTOOLS_DEV", "POWERTOOLS_LOGGER_LOG_EVENT", "POWERTOOLS_DEBUG"])
def test_no_variable_makes_the_functions_talk(
    client: Any,
    customer: Gateway,
    capfd: pytest.CaptureFixture[str],
    logged: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
) -> None:
    monkeypatch.setenv(variable, "true")
    customer.call("POST", "/extensions", {"name": "Desk", "username": "office1", "password": CANARY})
    out, err = capfd.readouterr()
    assert CANARY not in out + err + logged.getvalue()


def test_a_crash_does_not_tell(
    client: Any,
    customer: Gateway,
    capfd: pytest.CaptureFixture[str],
    logged: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def crash(*_: Any) -> None:
        raise RuntimeError("crash")

    monkeypatch.setattr("directory.api.extensions.write_all", crash)
    new = {"name": "Desk", "username": "office1", "password": CANARY}
    answer = customer.call("POST", "/extensions", new)
    assert answer.status == 500
    out, err = capfd.readouterr()
    assert "crash" in logged.getvalue()
    assert CANARY not in json.dumps(answer.body) + out + err + logged.getvalue()


def test_token(
    client: Any,
    customer: Gateway,
    functions: dict[str, ModuleType],
    capfd: pytest.CaptureFixture[str],
    logged: io.StringIO,
) -> None:
    token = customer.call("POST", "/accesskeys", {"name": "ci"}).body["token"]
    event = {"methodArn": "arn:x/live/GET/", "headers": None, "queryStringParameters": {"token": token}}
    policy = functions[""].handler(event, CONTEXT)
    answers = [
        customer.call("GET", "/accesskeys").body,
        customer.call("GET", f"/extensions?token={token}").body,
        customer.call("GET", f"/extensions?page_token={token}").body,
    ]
    out, err = capfd.readouterr()
    assert token not in json.dumps([policy, *answers]) + out + err + logged.getvalue()
    assert all(token not in json.dumps(tables.contents(client, table)) for table in ALL)


def test_an_unknown_token(functions: dict[str, ModuleType], client: Any, capfd: pytest.CaptureFixture[str]) -> None:
    event = {"methodArn": "arn:x/live/GET/", "headers": None, "queryStringParameters": {"token": CANARY}}
    with pytest.raises(Exception, match=r"^Unauthorized$") as raised:
        functions[""].handler(event, CONTEXT)
    assert CANARY not in repr(raised.getrepr(style="short", chain=True))
    assert CANARY not in "".join(capfd.readouterr())


def test_models_do_not_show_passwords(functions: dict[str, ModuleType]) -> None:
    from lambdas.model.extension import ExtensionChanges, NewExtension

    new = NewExtension.model_validate({"name": "Desk", "username": "office1", "password": CANARY})
    changes = ExtensionChanges.model_validate({"password": CANARY})
    assert CANARY not in repr([new, new.to_store(), changes, changes.to_store()])
