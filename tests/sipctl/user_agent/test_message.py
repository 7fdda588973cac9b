"""Messages as edges and phones write them: compact, folded, listed, in any case."""

from __future__ import annotations

import pytest

from sipctl.user_agent.message import parse, written

RESPONSE = (
    b"SIP/2.0 200 OK\r\nv: SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bKa1\r\nf: <sip:a@b>;tag=one\r\n"
    b"T: <sip:c@d>\r\n ;TAG=two\r\nCSEQ: 7 INVITE\r\nm: <sip:c@192.0.2.2:5060;ob>;expires=5\r\n"
    b"Record-Route: <sip:p1;lr>, <sip:p2,x;lr>\r\nrecord-route: <sip:p3;lr>\r\n\r\nbody"
)


def test_a_response() -> None:
    message = parse(RESPONSE)
    assert message is not None
    assert (message.status, message.method, message.transaction) == (200, "INVITE", ("z9hG4bKa1", "INVITE"))
    assert (message.tag("from"), message.tag("to")) == ("one", "two")
    assert message.target == "sip:c@192.0.2.2:5060;ob"
    assert message.route_set == ["<sip:p1;lr>", "<sip:p2,x;lr>", "<sip:p3;lr>"]
    assert message.body == "body"


def test_what_is_written_is_read() -> None:
    message = parse(written("OPTIONS sip:a@b SIP/2.0", [("CSeq", "1 OPTIONS")], "v=0\r\n"))
    assert message is not None
    assert (message.status, message.method, message.header("content-length")) == (0, "OPTIONS", "5")


@pytest.mark.parametrize(
    "data", [b"", b"\r\n\r\n", b"\x00\x00\x00\x00", b"HTTP/1.1 200 OK\r\n\r\n", b"SIP/2.0 200 OK\r\n\r\n"]
)
def test_what_is_no_message(data: bytes) -> None:
    assert parse(data) is None
