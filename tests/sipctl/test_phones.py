"""Registrations, and the reasons of phones without one."""

from __future__ import annotations

import json
import socket

import pytest

from tests.agents.phone import RegistrationRefused
from tests.calls.office import Office
from tests.push.sleeping_device import add_sleeping_device
from tests.service import Service
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


def test_a_phone_at_a_wrong_domain_is_found(operator: Terminal, service: Service) -> None:
    domain = f"registrar.{service.base}"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as adapter:
        adapter.settimeout(10)
        adapter.connect((service.sip_host, service.sip_port))
        own = "{}:{}".format(*adapter.getsockname())
        lines = (
            f"REGISTER sip:{domain} SIP/2.0",
            f"Via: SIP/2.0/UDP {own};rport;branch=z9hG4bKadapter",
            f"From: <sip:office1@{domain}>;tag=1",
            f"To: <sip:office1@{domain}>",
            f"Call-ID: adapter@{own}",
            "CSeq: 1 REGISTER",
            f"Contact: <sip:office1@{own}>",
            "User-Agent: An adapter",
            "Content-Length: 0",
        )
        adapter.send("\r\n".join((*lines, "", "")).encode())
        answer = adapter.recv(65535).decode()
    assert answer.startswith("SIP/2.0 404 ")
    assert f'Warning: 399 {domain} "Register at {{username}}@{{customer-id}}.{domain}"' in answer
    arguments = ("--profile", "ops", "attempts", "--unassigned")
    attempt = wait_until(
        lambda: next((one for one in operator.json(*arguments) if one["source"] == own), None), "an attempt is written"
    )
    assert (attempt["username"], attempt["domain"]) == ("office1", domain)
    assert (attempt["reason"], attempt["user_agent"]) == ("wrong_domain", "An adapter")
    told = operator.text(*arguments)
    assert f"office1@{domain}  refused: wrong_domain" in told
    assert attempt["advice"] in told


def test_a_phone_that_no_push_wakes_is_explained(terminal: Terminal, office: Office) -> None:
    extension = office.extension("office1")
    refused = terminal.run("extensions", "wake-up-test", "office1", "--json")
    assert json.loads(refused.stderr)["code"] == "no_device_to_wake"
    add_sleeping_device(office.service, f"office1@{extension['customer_id']}", "b2" * 32)
    (wake_up,) = terminal.json("extensions", "wake-up-test", "office1")
    assert (wake_up["cause"], wake_up["push"], wake_up["reason"]) == ("test", "refused", "NoCredentials")
    assert terminal.json("explain", "office1")["wake_ups"] == [wake_up]
    explained = terminal.text("explain", "office1")
    assert "test: unanswered, push refused for com.example.app by apns: NoCredentials" in explained
    assert wake_up["advice"] in explained
