"""Reading, editing and writing whole messages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip_edge.message import message as messages
from sip_edge.message.errors import MalformedError
from sip_edge.message.message import Request, Response, parse
from tests.sip_edge.message.strategies import LINES, TOKENS, TORTURE, mutated

INVITE = (
    b"INVITE sip:bob@biloxi.example.com SIP/2.0\r\n"  # RFC 3261 §24.2
    b"Via: SIP/2.0/UDP bigbox3.site3.atlanta.com;branch=z9hG4bK77ef4c2312983.1\r\n"
    b"v: SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bKnashds8;received=192.0.2.1, SIP/2.0/TCP a;branch=1\r\n"
    b"t:Bob <sip:bob@biloxi.com>\r\n"
    b"f : Alice <sip:alice@atlanta.com>;tag=1928301774\r\n"
    b"CALL-ID: a84b4c76e66710\r\n"
    b"CSeq: 314159 INVITE\r\n"
    b"Subject: I know you're there,\r\n"
    b"\t pick up the phone \r\n"
    b" and answer!\r\n"
    b"l: 4\r\n"
    b"\r\n"
    b"v=0\n"
)


@pytest.fixture
def invite() -> Request:
    message = parse(INVITE)
    assert isinstance(message, Request)
    return message


def test_the_parts_of_a_request(invite: Request) -> None:
    assert (invite.method, invite.uri) == ("INVITE", "sip:bob@biloxi.example.com")
    assert invite.names == ["via", "via", "to", "from", "call-id", "cseq", "subject", "content-length"]
    assert invite.get("to") == "Bob <sip:bob@biloxi.com>"
    assert invite.get("from") == "Alice <sip:alice@atlanta.com>;tag=1928301774"
    assert invite.get("nothing") == ""
    assert invite.body == b"v=0\n"


def test_values_are_in_order_over_all_lines(invite: Request) -> None:
    assert [value.partition(";")[0] for value in invite.values("via")] == [
        "SIP/2.0/UDP bigbox3.site3.atlanta.com",
        "SIP/2.0/UDP pc33.atlanta.com",
        "SIP/2.0/TCP a",
    ]
    assert invite.values("nothing") == []


def test_folded_lines_are_joined(invite: Request) -> None:
    assert invite.get("subject") == "I know you're there,  pick up the phone  and answer!"


def test_a_missing_line_is_malformed(invite: Request) -> None:
    with pytest.raises(MalformedError):
        invite.line("route")


def test_editing(invite: Request) -> None:
    untouched = invite.lines[2:5]
    invite.prepend("via", "Via: new")
    invite.prepend("route", "Route: <sip:first;lr>")
    invite.replace("subject", "Subject: none")
    invite.replace("max-forwards", "Max-Forwards: 69")
    assert invite.lines[:2] == ["Route: <sip:first;lr>", "Via: new"]
    assert invite.lines[4:7] == untouched
    assert invite.lines[-1] == "Max-Forwards: 69"
    invite.remove("via")
    assert "via" not in invite.names
    assert len(invite.names) == len(invite.lines) == 8


def test_the_first_value_goes_alone_or_with_its_line(invite: Request) -> None:
    for left in (2, 1, 0):
        invite.remove_first_value("via")
        assert len(invite.values("via")) == left
    assert "via" not in invite.names


def test_a_copy_is_edited_alone(invite: Request) -> None:
    copy = invite.copy()
    copy.remove("via")
    copy.retarget("sip:else@where")
    assert invite.encode() == parse(INVITE).encode()


def test_a_new_target_comes_without_its_headers(invite: Request) -> None:
    invite.retarget("sip:a?b@example.com;lr?Route=%3Csip:x%3E")
    assert invite.uri == "sip:a?b@example.com;lr"
    assert invite.start == "INVITE sip:a?b@example.com;lr SIP/2.0"


@pytest.mark.parametrize(
    ("start", "status"),
    [("SIP/2.0 200 OK", 200), ("SIP/2.0 100 ", 100), ("SIP/2.0 699", 699), ("SIP/2.0 486 Besetzt \xe9", 486)],
)
def test_the_status_of_a_response(start: str, status: int) -> None:
    response = parse(start.encode() + b"\r\nCSeq: 1 INVITE\r\n\r\n")
    assert isinstance(response, Response)
    assert response.status == status


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n\r\n",
        b"INVITE\r\n\r\n",
        b"INVITE sip:a\r\n\r\n",
        b"INVITE sip:a HTTP/1.1\r\n\r\n",
        b"SIP/2.0 20 OK\r\n\r\n",
        b"SIP/2.0 2000 OK\r\n\r\n",
        b"SIP/2.0 099 OK\r\n\r\n",
        b"SIP/2.0 700 OK\r\n\r\n",
        b"SIP/2.0 \xd9\xa2\xd9\xa0\xd9\xa0 OK\r\n\r\n",
        b"SIP/1.0 200 OK\r\n\r\n",
        b"INVITE sip:a SIP/2.0\r\nTo: cut of",
    ],
)
def test_what_is_no_message(data: bytes) -> None:
    with pytest.raises(MalformedError):
        parse(data)


def test_a_datagram_may_end_with_its_headers() -> None:
    assert parse(b"OPTIONS sip:a SIP/2.0\r\nTo: sip:b\r\n").encode() == b"OPTIONS sip:a SIP/2.0\r\nTo: sip:b\r\n\r\n"


@pytest.mark.parametrize(
    "line", [b"To sip:b", b": b", b"T o: b", b"(To): b", b"\xe2\x84\xaa: looks like a K", b"build 7", b"a=b:c"]
)
@pytest.mark.parametrize("start", [b"INVITE sip:a SIP/2.0", b"SIP/2.0 200 OK"])
def test_a_line_that_is_no_header_is_left_out(start: bytes, line: bytes) -> None:
    message = parse(b"\r\n".join([start, b"Via: v", line, b"X-New: n", b"", b"body"]))
    assert message.encode() == start + b"\r\nVia: v\r\nX-New: n\r\n\r\nbody"
    assert message.names == ["via", "x-new"]


STRAY = [
    b"Subject: a\nVia: v\r\n\r\n",
    b"Subject: a\rVia: v\r\n\r\n",
    b"Subject: a\0\r\nVia: v\r\n\r\n",
    b"\0Subject: a\r\nVia: v\r\n\r\n",
    b"Subject: a\n\r\nVia: v\r\n\r\n",
    b"Subject:\n a\r\nVia: v\r\n\r\n",
    b"Subject: a\nVia: v\n\n",
    b"Subject: a\rVia: v\r\r",
    b"Subject: a\nVia: v\n",
    b"Subject: a\nVia: v\n\nv=0\r\n\r\n",
]


@pytest.mark.parametrize("rest", STRAY)
def test_a_stray_control_character_is_a_fault_of_a_request(rest: bytes) -> None:
    for line_end in (b"\r\n", b"\n"):
        message = parse(b"INVITE sip:a SIP/2.0" + line_end + rest)
        assert isinstance(message, Request)
        assert message.fault == "a stray control character"
        assert message.get("via") == "v"
        assert message.get("subject") == "a"
        assert b"\n" not in message.encode().replace(b"\r\n", b"") or message.body


@pytest.mark.parametrize("rest", STRAY)
def test_a_response_is_read_in_spite_of_it(rest: bytes) -> None:
    message = parse(b"SIP/2.0 200 OK\r\n" + rest)
    assert isinstance(message, Response)
    assert sorted(message.lines, reverse=True) == ["Via: v", message.line("subject")]


@pytest.mark.parametrize("before", [b"\r\n", b"\r\n\r\n", b"\n", b" ", b"\t\r\n", b"\0"])
def test_what_stands_before_a_message_is_skipped(before: bytes) -> None:
    data = b"OPTIONS sip:a SIP/2.0\r\nTo: sip:b\r\n\r\nbody"
    message = parse(before + data)
    assert isinstance(message, Request)
    assert (message.encode(), message.fault) == (data, "")


def test_padding_behind_the_headers() -> None:
    assert parse(b"OPTIONS sip:a SIP/2.0\r\nTo: sip:b\r\n\0").lines == ["To: sip:b"]


def test_the_tags_of_a_header() -> None:
    message = parse(b'OPTIONS sip:a SIP/2.0\r\nk: a,B ,, "\r\nSupported:c\r\nRequire: d\r\n\r\n')
    assert message.tags("supported") == ["a", "B", '"', "c"]
    assert message.tags("proxy-require") == []


def test_a_first_value_goes_whatever_follows_it() -> None:
    message = parse(b'SIP/2.0 200 OK\r\nVia: a, b;x="\r\n\r\n')
    message.remove_first_value("via")
    assert message.lines == ['Via: b;x="']


def test_an_escaped_nul_is_a_character() -> None:
    assert parse(b'INVITE sip:a SIP/2.0\r\nTo: "\\\0" <sip:b>\r\n\r\n').get("to") == '"\\\0" <sip:b>'


def test_nobody_fills_the_memory_of_names() -> None:
    for i in range(2000):
        parse(f"OPTIONS sip:a SIP/2.0\r\nX-{i}: 1\r\n{'y' * 5000}{i}: 1\r\n\r\n".encode())
    assert len(messages._NAMES) <= 512
    assert max(map(len, messages._NAMES)) <= 32
    assert parse(b"OPTIONS sip:a SIP/2.0\r\nX-Unheard: 1\r\n\r\n").names == ["x-unheard"]
    assert "Via" in messages._NAMES


def test_many_lines_of_a_name_are_taken_away_at_once() -> None:
    request = parse(b"OPTIONS sip:a SIP/2.0\r\n" + b"A:\r\nRoute:\r\n" * 8000 + b"\r\n")
    request.remove("route")
    assert request.names == ["accept-contact"] * 8000


@given(st.lists(st.tuples(TOKENS, LINES), max_size=8), st.binary(max_size=80))
def test_what_is_not_edited_leaves_as_it_came(fields: list[tuple[str, str]], body: bytes) -> None:
    lines = [f"{name}: x{value}" for name, value in fields]
    data = "\r\n".join(["MESSAGE sip:a@b SIP/2.0", *lines, "\r\n"]).encode("utf-8", "surrogateescape") + body
    message = parse(data)
    assert message.encode() == data
    assert message.lines == lines
    assert message.body == body
    assert len(message.names) == len(lines)


@given(mutated([*TORTURE, INVITE]))
def test_what_was_read_once_is_read_again(data: bytes) -> None:
    try:
        message = parse(data)
    except MalformedError:
        return
    again = parse(message.encode())
    assert again.encode() == message.encode()
    assert (again.names, again.lines, again.body) == (message.names, message.lines, message.body)
