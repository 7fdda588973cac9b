"""The first inputs of each target: the messages of RFC 4475, parts of them, and some of our own."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

_MESSAGES: Final = Path(__file__).parents[1] / "tests" / "torture" / "messages"
_AOR: Final = b"sip:alice@abc123-def456.registrar.voip.example"
_DIGEST: Final = (
    b'Digest username="alice", realm="voip.example", nonce="0123456789abcdef", uri="sip:voip.example", '
    b'response="0123456789abcdef0123456789abcdef", algorithm=MD5, qop=auth, nc=00000001, cnonce="c0ffee"'
)


def _torture() -> list[bytes]:
    return [path.read_bytes() for path in sorted(_MESSAGES.glob("*.dat"))]


def _ours(method: bytes, *more: bytes) -> bytes:
    lines = (
        method + b" " + _AOR + b" SIP/2.0",
        b"Via: SIP/2.0/UDP 10.0.0.5:5060;rport;branch=z9hG4bK1",
        b"From: <sip:caller@elsewhere.example>;tag=1",
        b"To: <" + _AOR + b">",
        b"Call-ID: 1",
        b"CSeq: 1 " + method,
        b"Contact: <sip:alice@10.0.0.5>;expires=60",
        *more,
        b"Content-Length: 0",
    )
    return b"\r\n".join((*lines, b"", b""))


def _messages() -> list[bytes]:
    ours = [_ours(b"REGISTER"), _ours(b"INVITE"), _ours(b"OPTIONS"), _ours(b"CANCEL"), _ours(b"ACK")]
    return [*_torture(), *ours, _ours(b"REGISTER", b"Authorization: " + _DIGEST)]


def _uris() -> list[bytes]:
    found = {uri for message in _torture() for uri in re.findall(rb"sips?:[^\s<>]+", message)}
    return [*sorted(found), b"sip:[2001:db8::1]:5060;transport=tcp", b"sips:%61lice:secret@h.example?Subject=x"]


def _credentials() -> list[bytes]:
    return [_DIGEST, b'Digest realm="voip.example",username="a\\"b"', b"Basic QWxhZGRpbg=="]


def _streams() -> list[bytes]:
    return [*_torture(), b"\r\n\r\n".join(_torture()[:3]), b"\r\n\r\n\r\n" + _ours(b"OPTIONS") + _ours(b"REGISTER")]


def _browser_descriptions() -> list[bytes]:
    session = b"v=0\r\na=group:BUNDLE 0 1\r\n"
    audio = (
        b"m=audio 4000 RTP/AVP 0 63\r\na=mid:0\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:63 red/48000/2\r\na=rtcp:4001\r\n"
    )
    video = b"m=video 4002 RTP/AVP 96 97\r\na=rtcp-fb:96 nack pli\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n"
    return [session + audio + video, video]


def _descriptions() -> list[bytes]:
    sdp = b"v=0\r\nc=IN IP4 10.0.0.5\r\nm=audio 4000 RTP/AVP 0\r\n"
    parts = b"--b\r\nContent-Type: x/y\r\n\r\n1\r\n--b\r\nc: application/sdp\r\n\r\n" + sdp + b"\r\n--b--"
    return [b"application/sdp\n" + sdp, b"multipart/mixed;boundary=b\n" + parts]


def _bencoded() -> list[bytes]:
    return [b"d6:result2:ok3:sdp5:v=0\r\ne", b"d4:SSRCd1:1d7:packetsi12eee5:mediali-1el1:aeee"]


SEEDS: Final[dict[str, Callable[[], list[bytes]]]] = {
    "edge": _messages,
    "message": _messages,
    "uri": _uris,
    "digest": _credentials,
    "description": _descriptions,
    "trimming": _browser_descriptions,
    "bencode": _bencoded,
    "framing": _streams,
}
