"""An attacker has captured a REGISTER and sends it again."""

from __future__ import annotations

import pytest

from tests.calls.office import Office
from tests.calls.wire import WirePhone

ELSEWHERE = "127.0.0.66"


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_captured_register_changes_nothing(office: Office, transport: str) -> None:
    extension = office.extension()
    with (
        WirePhone(office, extension["username"], transport) as phone,
        WirePhone(office, extension["username"], transport, ELSEWHERE) as thief,
    ):
        captured = phone.register_text(phone.credentials())
        assert phone.ask(captured).status == 200
        before = office.devices(extension)
        own_contact = captured.replace(f"@{phone.host}:{phone.port}>", f"@{ELSEWHERE}:{thief.port}>")
        unregister = captured.replace("Expires: 600", "Expires: 0")
        for replayed in (captured, own_contact, unregister):
            fresh_branch = replayed.replace("branch=z9hG4bK", "branch=z9hG4bKthief")
            later = fresh_branch.replace("CSeq: 2 ", "CSeq: 9 ")
            for text in (fresh_branch, later):
                answer = thief.ask(text)
                assert answer.status == 407
                assert "stale=true" in answer.get("www-authenticate")
        assert office.devices(extension) == before
        phone.register()


def test_a_thief_who_is_faster_gets_nothing(office: Office) -> None:
    extension = office.extension()
    with WirePhone(office, extension["username"]) as phone, WirePhone(office, "x", host=ELSEWHERE) as thief:
        captured = phone.register_text(phone.credentials())
        answer = thief.ask(captured)
        assert answer.status == 407
        assert "stale=true" in answer.get("www-authenticate")
        assert phone.ask(captured.replace("branch=z9hG4bK", "branch=z9hG4bKown")).status == 200
        assert [device["source"] for device in office.devices(extension)] == [f"{phone.host}:{phone.port}"]


def test_a_thief_behind_the_same_nat_who_is_faster_loses_the_place_again(office: Office) -> None:
    extension = office.extension()
    with WirePhone(office, extension["username"]) as phone, WirePhone(office, "x") as thief:
        captured = phone.register_text(phone.credentials())
        assert thief.ask(captured).status == 200
        answer = phone.ask(captured.replace("branch=z9hG4bK", "branch=z9hG4bKown"))
        assert answer.status == 407
        assert "stale=true" in answer.get("www-authenticate")
        phone.register()
        assert [device["source"] for device in office.devices(extension)] == [f"{phone.host}:{phone.port}"]
