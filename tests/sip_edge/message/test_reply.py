"""Responses that are made here."""

from __future__ import annotations

import pytest

from sip_edge.message.errors import MalformedError
from sip_edge.message.message import Request, parse
from sip_edge.message.reply import reply


def request(*lines: str) -> Request:
    message = parse("\r\n".join(["INVITE sip:a SIP/2.0", *lines, "", ""]).encode())
    assert isinstance(message, Request)
    return message


WHOLE = ("v: SIP/2.0/UDP a", "Via: SIP/2.0/UDP b", "f: <sip:x>;tag=1", "Call-ID: c", "t: <sip:y>", "CSeq: 1 INVITE")


def test_what_is_copied() -> None:
    assert reply(request(*WHOLE), "486 Busy Here", "t1", "Warning: x").decode() == (
        "SIP/2.0 486 Busy Here\r\n"
        "v: SIP/2.0/UDP a\r\n"
        "Via: SIP/2.0/UDP b\r\n"
        "f: <sip:x>;tag=1\r\n"
        "t: <sip:y>;tag=t1\r\n"
        "Call-ID: c\r\n"
        "CSeq: 1 INVITE\r\n"
        "Warning: x\r\n"
        "Content-Length: 0\r\n"
        "\r\n"
    )


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("<sip:y>", "<sip:y>;tag=new"),
        ("sip:y", "sip:y;tag=new"),
        ("<sip:y;tag=uri>", "<sip:y;tag=uri>;tag=new"),
        ('";tag=" <sip:y>;x=tag', '";tag=" <sip:y>;x=tag;tag=new'),
        ("<sip:y>;tag=old", "<sip:y>;tag=old"),
        ("<sip:y> ; TAG = old", "<sip:y> ; TAG = old"),
        ("sip:y;x;Tag=old", "sip:y;x;Tag=old"),
        ('sip:y;tag=old;x="<urn:z>"', 'sip:y;tag=old;x="<urn:z>"'),
        ('sip:y;x="<urn:z>;tag=quoted"', 'sip:y;x="<urn:z>;tag=quoted";tag=new'),
        (r'"\"<" <sip:y>', r'"\"<" <sip:y>;tag=new'),
    ],
)
def test_a_to_gets_one_tag(to: str, expected: str) -> None:
    lines = [f"To: {to}" if line.startswith("t:") else line for line in WHOLE]
    assert parse(reply(request(*lines), "404 Not Found", "new")).get("to") == expected
    assert parse(reply(request(*lines), "100 Trying", "")).get("to") == to


def test_what_is_there_is_copied() -> None:
    made = parse(reply(request("CSeq: 1 INVITE", "Via: SIP/2.0/UDP a"), "400 Bad Request", "t"))
    assert made.lines == ["CSeq: 1 INVITE", "Via: SIP/2.0/UDP a", "Content-Length: 0"]
    made = parse(reply(request("Via: SIP/2.0/UDP a", "To: <sip:y>"), "400 Bad Request", "t"))
    assert made.lines == ["Via: SIP/2.0/UDP a", "To: <sip:y>", "Content-Length: 0"]


def test_what_nobody_would_recognize() -> None:
    lines = [line for line in WHOLE if not line.lower().startswith("v")]
    with pytest.raises(MalformedError):
        reply(request(*lines), "400 Bad Request", "t")
