"""Text for people."""

from __future__ import annotations

from sipctl.attempt import attempts_text
from sipctl.view import table


def test_columns_begin_at_the_same_place() -> None:
    assert table("id", "on")([{"id": "a", "on": True}, {"id": "bcd", "on": ""}]) == "ID   ON\na    yes\nbcd  -"


def test_what_a_phone_calls_itself_moves_no_cursor() -> None:
    named = dict.fromkeys(("tm_last", "username", "outcome", "reason", "count", "source", "transport", "advice"), "x")
    text = attempts_text([{**named, "user_agent": "evil\x1b[2J\x9b1A\r\n"}])
    assert text.endswith(", evil\ufffd[2J\ufffd1A\ufffd\ufffd\n  x")
