"""A phone's SIP messages, at the terminal."""

from __future__ import annotations

from sipctl.commands.trace import _text
from tests.calls.office import PASSWORD, Office
from tests.sipctl.terminal import Terminal
from tests.waiting import wait_until


def test_a_phone_is_traced(terminal: Terminal, office: Office) -> None:
    extension = office.extension("office1")
    assert terminal.text("trace", "show", "office1") == "none\n"
    assert terminal.json("trace", "on", "office1", "--minutes", "2")["tm_until"]
    wait_until_edges_follow(office, "office1")
    office.phone("pjsua2", extension).register()
    messages = wait_until(
        lambda: seen if len(seen := terminal.json("trace", "show", extension["id"])) >= 4 else [], "all is traced"
    )
    shown = terminal.text("trace", "show", "office1").splitlines()
    first = messages[0]
    assert shown[0] == f"{first['time']}  received from {first['source']} by UDP"
    assert shown[1].startswith("  REGISTER ")
    assert "  SIP/2.0 200 OK" in shown
    assert "  Authorization: [redacted]" in shown
    assert PASSWORD not in terminal.printed
    assert terminal.text("trace", "off", "office1") == "tm_until  -\n"
    assert terminal.run("trace", "on", "office1", "--minutes", "16").status == 2


def test_what_a_phone_sends_moves_no_cursor() -> None:
    told = {"time": "t", "direction": "sent", "source": "192.0.2.7:5060", "transport": "UDP"}
    text = _text([told | {"text": "SIP/2.0 200 OK\r\nX: \x1b[2J\n\x9b1A\r\n\r\n"}])
    assert text == "t  sent to 192.0.2.7:5060 by UDP\n  SIP/2.0 200 OK\n  X: \ufffd[2J\ufffd\ufffd1A\n\n"


def wait_until_edges_follow(office: Office, username: str) -> None:
    def follow() -> bool:
        lines = office.service.log_text().splitlines()
        return any('"tracing"' in line and f'"{username}@{office.customer_id}"' in line for line in lines)

    wait_until(follow, "the edge traces")
