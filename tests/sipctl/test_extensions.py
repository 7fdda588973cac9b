"""Extensions, and passwords that are not shown."""

from __future__ import annotations

from sipctl.api import Api, Token
from tests.calls.office import Office
from tests.service import Service
from tests.sipctl.terminal import Terminal

CANARY = "canary-1f07-must-not-sing"


def test_an_extension_from_beginning_to_end(terminal: Terminal) -> None:
    made = terminal.json("extensions", "create", "office1", "--detail", "Hall", "--direct", stdin=f"{CANARY}\n")
    assert (made["name"], made["detail"], made["max_devices"]) == ("office1", "Hall", 1)
    assert made["direct_hash"]
    assert terminal.json("extensions", "show", made["id"]) == terminal.json("extensions", "show", "office1") == made
    assert [line.split()[0] for line in terminal.text("extensions", "list").splitlines()] == ["USERNAME", "office1"]
    assert terminal.json("extensions", "list") == [made]

    changed = terminal.json("extensions", "change", "office1", "--name", "Front desk", "--no-direct")
    assert (changed["name"], changed["detail"], changed["direct_hash"]) == ("Front desk", "Hall", "")
    assert "Front desk" in terminal.text("extensions", "show", "office1")
    assert terminal.json("extensions", "disable", "office1")["enabled"] is False
    assert terminal.json("extensions", "enable", made["id"])["enabled"] is True
    rotated = terminal.json("extensions", "password", "office1", "--overlap", "600", stdin=f"{CANARY}-2\n")
    assert rotated["tm_password_overlap"]

    kept = terminal.run("extensions", "delete", "office1", stdin="n\n")
    assert (kept.status, kept.stdout) == (1, "")
    assert made["id"] in terminal.text("extensions", "delete", "office1", "--yes")
    assert terminal.json("extensions", "list") == []
    assert CANARY not in terminal.printed


def test_a_list_is_read_to_its_end(service: Service, office: Office) -> None:
    usernames = {office.extension()["username"] for _ in range(3)}
    api = Api(service.api_url, Token(office.token))
    assert {extension["username"] for extension in api.all("/extensions", page_size=1)} == usernames
    signed = Api(service.api_url, service.operator)
    assert office.customer_id in [customer["id"] for customer in signed.all("/customers", page_size=1)]
