"""Who is registered, and why a phone is not."""

from __future__ import annotations

import pytest

from tests.agents.phone import RegistrationRefused
from tests.calls.office import Office
from tests.sipctl.terminal import Terminal
from tests.waiting import wait_until


def test_a_phone_is_seen_and_taken_off(terminal: Terminal, office: Office) -> None:
    extension, other = office.extension("office1"), office.extension("office2")
    office.phone("pjsua2", extension).register()
    heading, line = terminal.text("registrations", "list").splitlines()
    assert "USER AGENT" in heading
    assert line.startswith("office1")
    (registered,) = terminal.json("registrations", "list")
    assert registered["extension_id"] == extension["id"]
    (absent,) = terminal.json("registrations", "list", "--status", "unregistered")
    assert absent["extension_id"] == other["id"]
    assert len(terminal.text("registrations", "list", "--status", "any").splitlines()) == 3

    explained = terminal.text("explain", "office1")
    assert explained.startswith("office1: registered, 1 of at most 1 devices.")
    assert "127.0.0.1:" in explained
    (device,) = registered["devices"]
    assert device["id"] in terminal.text("registrations", "remove", "office1", device["id"])
    assert terminal.text("registrations", "list") == "none\n"


def test_a_wrong_password_is_explained(terminal: Terminal, office: Office) -> None:
    extension = office.extension("office1")
    assert "no attempt was refused" in terminal.text("explain", "office1")
    with pytest.raises(RegistrationRefused):
        office.phone("pjsua2", extension, password="not the password").register()
    attempt = office.first_attempt(extension)
    explained = terminal.text("explain", "office1")
    assert explained.startswith("office1: not registered; the last attempt: wrong_password.")
    assert attempt["advice"] in explained
    assert terminal.json("explain", "office1")["attempts"] == [attempt]
    assert attempt["advice"] in terminal.text("attempts")
    assert terminal.json("attempts") == [attempt]

    office.rest("PUT", f"/{extension['id']}", enabled=False)
    assert terminal.json("explain", "office1")["summary"] == "office1: the extension is disabled."


def test_a_username_of_no_extension_is_explained(terminal: Terminal, office: Office) -> None:
    typo = {**office.extension("office1"), "username": "offfice1"}
    with pytest.raises(RegistrationRefused):
        office.phone("pjsua2", typo).register()
    wait_until(lambda: terminal.json("explain", "offfice1")["attempts"], "an attempt is written")
    explained = terminal.json("explain", "offfice1")
    assert explained["extension"] is None
    assert [attempt["reason"] for attempt in explained["attempts"]] == ["unknown_username"]
    assert terminal.text("explain", "offfice1").startswith("offfice1: there is no such extension.")
