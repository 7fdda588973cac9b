"""Rules for every request and response."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip_edge.message import sanity
from sip_edge.message.errors import MalformedError, RejectError
from sip_edge.message.message import Request, Response, parse
from tests.sip_edge.message.strategies import VALUES

OPTIONS = """\
OPTIONS sip:bob@example.com SIP/2.0
Via: SIP/2.0/UDP a;branch=z9hG4bK1
From: "Alice" <sip:alice@example.com>;tag=f
To: <sip:bob@example.com>
Call-ID: c
CSeq: 7 OPTIONS
Max-Forwards: 9
Contact: <sip:alice@a>, "B" <sip:b@b>;q=1
Content-Length: 3

"""


def request(old: str = "", new: str = "", body: bytes = b"abc") -> Request:
    text = OPTIONS.replace(old, new) if old else OPTIONS
    assert not old or text != OPTIONS
    message = parse(text.replace("\n", "\r\n").encode("utf-8", "surrogateescape") + body)
    assert isinstance(message, Request)
    return message


def response(start: str = "SIP/2.0 200 OK", old: str = "", new: str = "", body: bytes = b"abc") -> Response:
    text = OPTIONS.replace(old, new).replace("OPTIONS sip:bob@example.com SIP/2.0", start)
    message = parse(text.replace("\n", "\r\n").encode() + body)
    assert isinstance(message, Response)
    return message


def test_the_identity_of_a_request() -> None:
    identity = sanity.check(request())
    assert (identity.call_id, identity.cseq, identity.hops) == ("c", 7, 9)
    assert (identity.from_uri, identity.from_tag) == ("sip:alice@example.com", "f")
    assert (identity.to_uri, identity.to_tag) == ("sip:bob@example.com", "")


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        ("SIP/2.0\nVia", "SIP/3.0\nVia", "505 Version Not Supported"),
        ("SIP/2.0\nVia", "SIP/2.0 \nVia", "400 Bad Request - the request line"),
        ("Call-ID: c\n", "", "400 Bad Request - no call-id"),
        ("Call-ID: c\n", "Call-ID:\n", "400 Bad Request - a Call-ID"),
        ("7 OPTIONS", "7", "400 Bad Request - a CSeq"),
        ("7 OPTIONS", "7 OPTIONS 7", "400 Bad Request - a CSeq"),
        ("7 OPTIONS", "-7 OPTIONS", "400 Bad Request - a CSeq"),
        ("7 OPTIONS", "2147483648 OPTIONS", "400 Bad Request - a CSeq"),
        ("7 OPTIONS", f"{'7' * 5000} OPTIONS", "400 Bad Request - a CSeq"),
        ("7 OPTIONS", "7 options", "400 Bad Request - a CSeq of another method"),
        ("OPTIONS", "OPT(ONS", "400 Bad Request - a method"),
        ("OPTIONS", "OPT\udcffONS", "400 Bad Request - a method"),
        ("Max-Forwards: 9", "Max-Forwards: 256", "400 Bad Request - a Max-Forwards"),
        ("Max-Forwards: 9", f"Max-Forwards: {'9' * 5000}", "400 Bad Request - a Max-Forwards"),
        ("Length: 3", "Length: 4", "400 Bad Request - a Content-Length"),
        ("Length: 3", "Length: ٣", "400 Bad Request - a Content-Length"),
        ("Length: 3", "Length:", "400 Bad Request - a Content-Length"),
        ("Length: 3", f"Length: {'3' * 5000}", "413 Request Entity Too Large"),
        ("Length: 3", "Length: 3\nl: 3", "400 Bad Request - more than one content-length"),
        ("To: <sip:bob@example.com>", "To: <>", "400 Bad Request - an address in to"),
        ("Via", "Subject: a\rb\nVia", "400 Bad Request - a stray control character"),
        ("sip:bob@example.com SIP", "sip:bob@ SIP", "400 Bad Request - a SIP URI"),
        ("sip:bob@example.com SIP", "bob SIP", "400 Bad Request - a SIP URI"),
        ("sip:bob@example.com SIP", "sip:bob@a?b=c SIP", "400 Bad Request - headers in the Request-URI"),
        ("sip:bob@example.com SIP", "tel:+1 SIP", "416 Unsupported URI Scheme"),
    ],
)
def test_what_is_refused(old: str, new: str, status: str) -> None:
    with pytest.raises(RejectError) as refused:
        sanity.check(request(old, new))
    assert refused.value.status == status


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("7 OPTIONS", "007\t OPTIONS"),
        ("Max-Forwards: 9", "Max-Forwards: 000255"),
        ("Max-Forwards: 9\n", ""),
        ("Contact: ", "Contact: *\nX: "),
        ("From: ", "f : "),
    ],
)
def test_what_is_allowed(old: str, new: str) -> None:
    sanity.check(request(old, new))


def test_the_version_leaves_in_upper_case() -> None:
    lower = request("SIP/2.0\nVia", "sip/2.0\nVia")
    sanity.check(lower)
    assert lower.start == "OPTIONS sip:bob@example.com SIP/2.0"


@given(st.binary(max_size=50), st.integers(0, 60))
def test_the_body_is_as_long_as_it_says(body: bytes, length: int) -> None:
    message = request("Length: 3", f"Length: 0{length}", body)
    if length <= len(body):
        sanity.settle_body(message)
        assert message.body == body[:length]
    else:
        with pytest.raises(MalformedError):
            sanity.settle_body(message)


def test_a_body_without_a_length_is_all_of_it() -> None:
    message = request("Content-Length: 3\n", "", b"abcdef")
    sanity.settle_body(message)
    assert message.body == b"abcdef"


def test_a_sound_response() -> None:
    message = response(body=b"abcd")
    sanity.check_response(message)
    assert message.body == b"abc"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Via: SIP/2.0/UDP a;branch=z9hG4bK1\n", ""),
        ("Call-ID: c\n", ""),
        ("7 OPTIONS", "x"),
        ("Length: 3", "Length: 4"),
    ],
)
def test_an_unsound_response(old: str, new: str) -> None:
    with pytest.raises(MalformedError):
        sanity.check_response(response(old=old, new=new))


def test_require() -> None:
    message = request("Max-Forwards", "Require: path, 100rel\nRequire: Outbound\nMax-Forwards")
    sanity.require(message, "proxy-require", frozenset())
    sanity.require(message, "require", frozenset(("path", "100rel", "outbound")))
    with pytest.raises(RejectError) as refused:
        sanity.require(message, "require", frozenset(("path",)))
    assert refused.value.headers == ("Unsupported: 100rel, Outbound",)


@given(st.sampled_from(("Via", "From", "To", "Call-ID", "CSeq", "Max-Forwards", "Contact", "Content-Length")), VALUES)
def test_a_request_is_sound_or_refused(name: str, value: str) -> None:
    message = request()
    message.replace(name.lower(), f"{name}: {value}")
    try:
        sanity.check(message)
    except RejectError as refused:
        assert refused.status.startswith("400")
