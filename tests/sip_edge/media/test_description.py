"""Finding a session description in a body, and putting another in its place."""

from __future__ import annotations

import pytest

from sip_edge.media.description import find
from sip_edge.message.errors import RejectError
from sip_edge.message.message import Message, parse

SDP = b"v=0\r\nc=IN IP4 10.0.0.5\r\nm=audio 4000 RTP/AVP 0\r\n"
PARTS = (
    b"preamble\r\n--b1\r\nContent-Type: application/pidf+xml\r\n\r\n<v=0/>\r\n"
    b"--b1\r\nContent-ID: <x>\r\nc: application/SDP\r\n\r\n" + SDP + b"\r\n--b1--\r\n"
)


def message(body: bytes, *headers: str) -> Message:
    head = "".join(f"{line}\r\n" for line in ("INVITE sip:x@y SIP/2.0", *headers, f"Content-Length: {len(body)}"))
    return parse(head.encode() + b"\r\n" + body)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (SDP, "application/sdp"),
        (SDP, "Application/SDP;charset=utf-8"),
        (PARTS, "multipart/mixed;boundary=b1"),
        (PARTS, 'multipart/related; type="x/y"; boundary="b1"'),
    ],
)
def test_it_is_replaced_where_it_stands(body: bytes, kind: str) -> None:
    changed = message(body, f"Content-Type: {kind}")
    found = find(changed)
    assert found is not None
    assert found.text == SDP
    found.put(changed, b"v=0\r\nother\r\n")
    assert changed.body == body.replace(SDP, b"v=0\r\nother\r\n")
    assert changed.get("content-length") == str(len(changed.body))


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", ""),
        (b"", "application/sdp"),
        (b"hello", "text/plain"),
        (b"--b\r\n\r\nhello\r\n--b--", "multipart/x;boundary=b"),
    ],
)
def test_there_is_none(body: bytes, kind: str) -> None:
    assert find(message(body, f"Content-Type: {kind}")) is None


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"garbage", ["Content-Type: application/sdp"], "400"),
        (b"\x00\xff" * 40, ["Content-Type: application/sdp"], "400"),
        (PARTS, ["Content-Type: multipart/mixed"], "400"),
        (PARTS, ["Content-Type: multipart/mixed;boundary=b2"], "400"),
        (PARTS, ['Content-Type: multipart/mixed;boundary="'], "400"),
        (PARTS.replace(SDP, b"garbage"), ["Content-Type: multipart/mixed;boundary=b1"], "400"),
        (SDP, ["Content-Type: application/sdp", "Content-Encoding: gzip"], "415"),
    ],
)
def test_what_is_broken_or_hidden_is_refused(body: bytes, headers: list[str], status: str) -> None:
    with pytest.raises(RejectError) as refused:
        find(message(body, *headers))
    assert refused.value.status.startswith(status)
