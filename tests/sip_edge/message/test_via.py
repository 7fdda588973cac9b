"""The Via header."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip_edge.message import via as vias
from sip_edge.message.errors import MalformedError
from sip_edge.message.message import Message
from tests.sip_edge.message.strategies import LINES, TOKENS, TRICKY

LONG = 64 * 1024


def message(*vias: str) -> Message:
    return Message("", ["via"] * len(vias), [f"Via: {via}" for via in vias], b"")


@pytest.mark.parametrize(
    ("value", "parts"),
    [  # RFC 3261 §20.42
        ("SIP/2.0/UDP erlang.bell-telephone.com:5060;branch=z9hG4bK87asdks7",
         ("UDP", "erlang.bell-telephone.com:5060", "z9hG4bK87asdks7")),
        ("SIP / 2.0 / UDP first.example.com: 4000;ttl=16 ;maddr=224.2.0.1 ;branch=z9hG4bKa7c6a8dlze.1",
         ("UDP", "first.example.com:4000", "z9hG4bKa7c6a8dlze.1")),
        ("SIP/2.0/ws df7jal23ls0d.invalid;rport;branch=z9hG4bK56s", ("WS", "df7jal23ls0d.invalid", "z9hG4bK56s")),
        ("SIP/2.0/TCP [2001:db8::9:1]:5061;Branch=z9hG4bK1", ("TCP", "[2001:db8::9:1]:5061", "z9hG4bK1")),
        ("SIP/2.0/TLS a ; branch = \"z9hG4bK 1\"", ("TLS", "a", "z9hG4bK 1")),
        ("SIP/2.0/UDP a", ("UDP", "a", "")),
        ("SIP/2.0/UDP a;branch=z9hG4bK", ("UDP", "a", "")),  # the cookie alone tells nothing apart
    ],
)  # fmt: skip
def test_vias(value: str, parts: tuple[str, str, str]) -> None:
    via = vias.parse(value)
    assert (via.transport, via.sent_by, via.branch) == parts
    assert vias.top(message(f"{value}, SIP/2.0/UDP other", "SIP/2.0/UDP third")).sent_by == parts[1]


@pytest.mark.parametrize(
    "value",
    ["", ",", "SIP/2.0/UDP", "SIP/2.0 host", "SIP/3.0/UDP a", "HTTP/2.0/UDP a", "SIP/2.0/UDP a b", "SIP/2.0/UDP a:b",
     "SIP/2.0/UDP a:", "SIP/2.0/UDP a;;", "SIP/2.0/UDP a;x=\"", "SIP/2.0/UDP \u212a"],
)  # fmt: skip
def test_what_is_no_via(value: str) -> None:
    with pytest.raises(MalformedError):
        vias.top(message(value))


def test_no_via() -> None:
    for read in (vias.top, lambda m: vias.mark_source(m, "h", 1)):
        with pytest.raises(MalformedError):
            read(message())


@pytest.mark.parametrize(
    ("value", "marked"),
    [  # RFC 3581 §6.1
        ("SIP/2.0/UDP 10.1.1.1:4540;rport;branch=z9hG4bKkjshdyff",
         "SIP/2.0/UDP 10.1.1.1:4540;rport=9988;branch=z9hG4bKkjshdyff;received=192.0.2.1"),
        ("SIP/2.0/UDP a;branch=b", "SIP/2.0/UDP a;branch=b;received=192.0.2.1"),
        ("SIP/2.0/UDP a;RPORT=1;Received=6.6.6.6;x", "SIP/2.0/UDP a;rport=9988;x;received=192.0.2.1"),
        ("SIP/2.0/UDP a ; rport = 5 ; received = 6.6.6.6", "SIP/2.0/UDP a ;rport=9988 ;received=192.0.2.1"),
        ("SIP/2.0/UDP a;rport, SIP/2.0/UDP b", "SIP/2.0/UDP a;rport=9988;received=192.0.2.1, SIP/2.0/UDP b"),
        ("SIP/2.0/UDP rport;branch=received", "SIP/2.0/UDP rport;branch=received;received=192.0.2.1"),
        ("SIP/2.0/UDP a;rports=1", "SIP/2.0/UDP a;rports=1;received=192.0.2.1"),
    ],
)  # fmt: skip
def test_where_it_really_came_from(value: str, marked: str) -> None:
    request = message(value, "SIP/2.0/UDP next;rport")
    vias.mark_source(request, "192.0.2.1", 9988)
    assert request.lines == [f"Via: {marked}", "Via: SIP/2.0/UDP next;rport"]


@given(TOKENS, st.integers(1, 65535), TOKENS.filter(lambda token: token != vias.MAGIC_COOKIE), LINES)
def test_a_marked_via_is_the_same_transaction(transport: str, port: int, branch: str, other: str) -> None:
    value = f"SIP/2.0/{transport} example.com:{port};branch={branch};rport"
    request = message(value, other)
    vias.mark_source(request, "2001:db8::1", 5060)
    via = vias.top(request)
    assert (via.transport, via.sent_by, via.branch) == (transport.upper(), f"example.com:{port}", branch)
    assert request.lines[1] == f"Via: {other}"


@given(st.one_of(LINES, TRICKY.map("SIP/2.0/UDP a;".__add__), TRICKY))
def test_a_via_or_malformed(value: str) -> None:
    for read in (vias.top, lambda m: vias.mark_source(m, "h", 1)):
        try:
            read(message(value))
        except MalformedError:
            continue


@pytest.mark.parametrize("start", ["", "SIP/2.0/UDP a", "SIP/2.0/UDP a;rport=", "SIP/2.0/UDP a;received", "SIP"])
@pytest.mark.parametrize("piece", [" ", ";", "a", ";rport", "rport ", "; received", ";x=", ",", "-", "1", ":", '"'])
def test_no_via_takes_long(start: str, piece: str) -> None:
    """With a quadratic expression a single one of these takes minutes."""
    for end in ("", "!", '"'):
        for read in (vias.top, lambda m: vias.mark_source(m, "h", 1)):
            try:
                read(message(start + piece * (LONG // len(piece)) + end))
            except MalformedError:
                continue
