"""No secret is seen in a trace, wherever it stands and however it is written; all else is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip_edge.message.message import parse
from sip_edge.trace.redaction import redacted

CANARY: Final = "Kanarienvogel9"
SECRETS: Final = (
    f"https://u:{CANARY}@h.example/x",
    f"http://{CANARY}@h.example",
    f"ftp://u:{CANARY}@h.example:21/a@b",
    f"//u:{CANARY}@h.example",
    f"ldap://u:p/{CANARY}@h.example",
    f"https://h.example:8443/x?y=https://u:{CANARY}@z",
    f"sip:u:{CANARY}@h.example",
    f"SIPS:u:p@{CANARY}@h.example;lr",
    f"im:u:{CANARY}@h.example",
    f"x-any+scheme:u:{CANARY}@h",
    f"https://h.example/x?access_token={CANARY}&y=z",
    f"sip:u@h;token={CANARY};lr",
    f"sip:u@h?Proxy-Authorization={CANARY}&X=y",
    f"Bearer {CANARY}",
    f"BEARER\t{CANARY}",
    f"Basic {CANARY}==",
    f"DPoP {CANARY}",
    f"Negotiate {CANARY}",
    f"eyJhbGciOi.{CANARY}.{CANARY}",
    f'"password":"{CANARY}"',
    f'{{"api_key" : "x\\"{CANARY}","a":1}}',
    f"{{'clientSecret': '{CANARY}'}}",
    f'"tokens":["{CANARY}","{CANARY}"]',
    f"password={CANARY}",
    f"Password : {CANARY}",
    f'a;nextnonce = "{CANARY}"',
    f"pin={CANARY};x",
    f"<sip:a@b;pn-provider=apns;pn-prid={CANARY}:voip&{CANARY}:remote;pn-silent=1>",
    f"<sip:a@b;pn-prid=x%3Avoip%26{CANARY}%3Aremote>",
    f"<sip:a@b;app-id=x;PN-TOK={CANARY};pn-type=apple>",
    f"<sip:a@b;pn%2dtok={CANARY}&{CANARY};x=y>",
    f'<sip:a@b>;pn-tok="{CANARY}";x=y',
    f"a=ice-pwd:{CANARY}",
    f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{CANARY}",
    f'Digest username="u", response="{CANARY}", cnonce="{CANARY}"',
)
HEADERS: Final = (
    "From", "To", "f", "Contact", "Call-ID", "Via", "Route", "Record-Route", "Refer-To", "Alert-Info", "Call-Info",
    "Error-Info", "Subject", "User-Agent", "Warning", "Reason", "P-Asserted-Identity", "Path", "Diversion", "X-Any",
    "Proxy-Authenticate", "Geolocation", "Event", "Authentication-Info", "Identity", "y", "WWW-Authenticate",
)  # fmt: skip
AROUND: Final[tuple[Callable[[str], str], ...]] = (
    lambda text: text,
    lambda text: f"<{text}>",
    lambda text: f"<{text}>;x=y",
    lambda text: f"before, {text}, behind",
    lambda text: f'"Name" <sip:a@b>;x="{text}"' if '"' not in text else text,
    lambda text: f"<sip:a@b?Subject={quote(text, safe='')}>",
    lambda text: f"<sip:a@b?Refer-To={quote(quote(text, safe=''), safe='')}>",
    lambda text: text.replace(":", "%3A").replace("@", "%40").replace("=", "%3d"),
    lambda text: f"\udcff{text}\udcfe",
)


def shown(*lines: str, body: str = "", start: str = "OPTIONS sip:a@b SIP/2.0") -> str:
    return redacted(parse("\r\n".join([start, *lines, "", body]).encode("utf-8", "surrogateescape")))


@pytest.mark.parametrize("secret", SECRETS)
def test_no_secret_is_seen_in_a_header(secret: str) -> None:
    for header in HEADERS:
        for around in AROUND:
            line = f"{header}: {around(secret)}"
            assert CANARY not in shown(line), line


@pytest.mark.parametrize("secret", SECRETS)
def test_no_secret_is_seen_in_a_first_line(secret: str) -> None:
    assert CANARY not in shown(start=f"SIP/2.0 399 {secret}")
    assert CANARY not in shown(start=f"OPTIONS {secret} SIP/2.0")


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("kind", ["application/sdp", "Application/SDP;x=y", "multipart/mixed;boundary=x", "x/y", ""])
def test_no_secret_is_seen_in_a_body(secret: str, kind: str) -> None:
    header = [f"Content-Type: {kind}"] if kind else []
    for body in (secret, f"v=0\r\ns=-\r\n{secret}\r\n", f"v=0\ri={secret}\r", f"v=0\nu={secret}\na=x:{secret}\n"):
        assert CANARY not in shown(*header, body=body)
        assert CANARY not in shown(*header, body=f"--x\r\nContent-Type: application/sdp\r\n\r\n{body}\r\n--x--")
        assert CANARY not in shown(*header, body=f"\udcff{body}\udcff")


@pytest.mark.parametrize(
    "line",
    [
        f"k={CANARY}:",
        f"k=clear:{CANARY}",
        f"k:{CANARY}",
        f"a=x-secret: 1 {CANARY}",
        f"a=key-mgmt:mikey x\r\n {CANARY}",
        f"a=crypto:1\r\n{CANARY}",
        f"<password>{CANARY}</password>",
        f"password\r\n{CANARY}",
    ],
)
def test_no_key_is_seen_in_a_session_description(line: str) -> None:
    text = shown("Content-Type: application/sdp", body=f"v=0\r\n{line}\r\nm=audio 4000 RTP/AVP 0\r\n")
    assert CANARY not in text
    assert text.endswith("\r\nm=audio 4000 RTP/AVP 0\r\n")


@given(st.sampled_from(SECRETS), st.sampled_from(HEADERS), st.sampled_from(AROUND), st.text(max_size=6))
def test_no_secret_is_seen_behind_any_text(secret: str, header: str, around: Callable[[str], str], before: str) -> None:
    apart = "".join(c for c in before if c.isprintable() and c not in "\"'<>[]{}\\%")
    assert CANARY not in shown(f"{header}: {apart} {around(secret)}")


USEFUL: Final = (
    'From: "Key West" <sip:alice%20b@h.example:5060;transport=tcp;user=phone>;tag=a48s',
    "Via: SIP/2.0/UDP keypad.example:5060;branch=z9hG4bK776asdhds;rport=5080;received=192.0.2.1",
    "Call-ID: f81d4fae-7dec-11d0-a765-00a0c91e6bf6@foo.bar.com",
    'Contact: <sip:u@[2001:db8::1]:5061;ob>;expires=60;q=0.5;+sip.instance="<urn:uuid:f81d4fae>";methods="A, B"',
    "Call-Info: <https://h.example:8443/photo/a@b.jpg?size=1%202>;purpose=icon",
    "Alert-Info: <http://h.example/ring.wav>;info=x",
    "Refer-To: <sip:bob@h.example?Replaces=12345%40192.168.118.3%3Bto-tag%3D12345%3Bfrom-tag%3D5FFE-3994>",
    'Warning: 399 h.example "Only one device per extension: 1"',
    'Reason: Q.850;cause=16;text="Terminated"',
    'WWW-Authenticate: Digest realm="voip.example", algorithm=MD5, qop="auth", stale=true',
    "Subject: Basic call, no token ring",
    "P-Access-Network-Info: 3GPP-UTRAN-TDD;utran-cell-id-3gpp=234151D0FCE11",
    "To: tel:+1-201-555-0123;phone-context=example.com",
    "Accept: application/sdp, message/sipfrag;version=2.0",
    "X-Location: geo:48.2,16.3;u=30",
)


@pytest.mark.parametrize("line", USEFUL)
def test_what_opens_nothing_stays(line: str) -> None:
    assert f"\r\n{line}\r\n" in shown(line)


def test_what_surrounds_a_secret_stays() -> None:
    assert "Call-Info: <https://u:[redacted]@h.example/x>;purpose=icon" in shown(
        f"Call-Info: <https://u:{CANARY}@h.example/x>;purpose=icon"
    )
    assert "X: Bearer [redacted], next" in shown(f"X: Bearer {CANARY}, next")
    assert 'X: {"user":"u","password":[redacted],"port":5060}' in shown(
        f'X: {{"user":"u","password":"{CANARY}","port":5060}}'
    )
    assert "Contact: <sip:u:[redacted]@h;lr>" in shown(f"Contact: <sip:u:{CANARY}@h;lr>")
    assert "Alert-Info: <https://h/x?token=[redacted]&y=z>" in shown(f"Alert-Info: <https://h/x?token={CANARY}&y=z>")
    assert "Refer-To: <sip:a@b?X=https:[redacted]@c>" in shown(f"Refer-To: <sip:a@b?X=https%3A%2F%2Fu%3A{CANARY}%40c>")


def test_a_session_description_stays_but_for_its_keys() -> None:
    lines = (
        "v=0",
        "o=- 1 1 IN IP4 192.0.2.1",
        "s=-",
        "c=IN IP6 2001:db8::1",
        "t=0 0",
        "m=audio 4000 UDP/TLS/RTP/SAVPF 111",
        "a=rtpmap:111 opus/48000/2",
        "a=fmtp:111 minptime=10;useinbandfec=1",
        "a=ice-ufrag:8hhY",
        "a=candidate:1 1 UDP 2130706431 192.0.2.1 4000 typ host",
        "a=setup:actpass",
        "a=rtcp:4001 IN IP4 192.0.2.1",
    )
    body = "\r\n".join([*lines, ""])
    assert shown("Content-Type: application/sdp", body=body).endswith("\r\n\r\n" + body)
