"""The forms of media of two ends, found from the offer and the transports."""

from __future__ import annotations

import pytest

from sip_edge.media.form import Form, forms_of_ends
from sip_edge.media.session import Session, Side, unseal

HEAD = "v=0\r\nc=IN IP4 10.0.0.5\r\n"
CRYPTO = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj\r\n"
FINGERPRINT = "a=fingerprint:sha-256 4A:AD:B9\r\n"
ICE = "a=ice-ufrag:abcd\r\na=ice-pwd:abcdefabcdefabcdefabcd\r\n"


def audio(profile: str, *attributes: str, port: int = 4000) -> str:
    return f"m=audio {port} {profile} 0\r\n{''.join(attributes)}"


@pytest.mark.parametrize(
    ("offer", "expected"),
    [
        (audio("RTP/AVP"), Form.PLAIN),
        (audio("RTP/AVPF"), Form.PLAIN),
        (audio("RTP/AVP", ICE), Form.PLAIN),
        ("m=image 4000 udptl t38\r\n", Form.PLAIN),
        (audio("RTP/SAVP", CRYPTO), Form.SDES),
        (audio("RTP/SAVPF", CRYPTO), Form.SDES),
        (audio("RTP/SAVP", CRYPTO, ICE), Form.SDES),
        (audio("RTP/SAVP", CRYPTO, FINGERPRINT), Form.SDES),
        (audio("RTP/SAVP"), Form.SDES),  # with MIKEY (RFC 4567), or without a key
        (audio("RTP/SAVP", CRYPTO) + "m=image 4002 udptl t38\r\n", Form.SDES),
        (audio("RTP/AVP", CRYPTO), Form.OPPORTUNISTIC),
        (audio("RTP/AVPF", FINGERPRINT), Form.OPPORTUNISTIC),
        (audio("RTP/AVP", CRYPTO, FINGERPRINT, ICE), Form.OPPORTUNISTIC),
        (audio("RTP/SAVP", CRYPTO) + audio("RTP/AVP"), Form.OPPORTUNISTIC),
        (audio("RTP/SAVP", CRYPTO) + audio("RTP/AVP", port=0), Form.SDES),
        (audio("RTP/SAVP", CRYPTO, port=0) + audio("RTP/AVP"), Form.OPPORTUNISTIC),
        (audio("UDP/TLS/RTP/SAVP", FINGERPRINT), Form.DTLS),
        (audio("UDP/TLS/RTP/SAVPF", FINGERPRINT), Form.DTLS),
        (audio("UDP/TLS/RTP/SAVP"), Form.DTLS),
        (audio("RTP/SAVP", FINGERPRINT), Form.DTLS),
        (audio("UDP/TLS/RTP/SAVPF", FINGERPRINT, ICE), Form.WEBRTC),
        (FINGERPRINT + ICE + audio("UDP/TLS/RTP/SAVPF"), Form.WEBRTC),
        (audio("RTP/SAVPF", CRYPTO, FINGERPRINT, ICE), Form.WEBRTC),
        (audio("UDP/TLS/RTP/SAVPF", FINGERPRINT, ICE) + "m=video 0 UDP/TLS/RTP/SAVPF 96\r\n", Form.WEBRTC),
        (audio("UDP/TLS/RTP/SAVPF", FINGERPRINT, ICE) + "m=application 9 UDP/DTLS/SCTP x\r\n", Form.WEBRTC),
    ],
)
@pytest.mark.parametrize("line_end", ["\r\n", "\n"])
def test_the_form_of_an_offer(offer: str, expected: Form, line_end: str) -> None:
    text = (HEAD + offer).replace("\r\n", line_end).encode()
    assert forms_of_ends(text, "UDP", "UDP")[0] is expected
    assert forms_of_ends(text, "WSS", "WS") == (expected, Form.WEBRTC)


@pytest.mark.parametrize("transport", ["UDP", "TCP", "TLS"])
@pytest.mark.parametrize(
    "offer", [audio("RTP/AVP"), audio("RTP/SAVP", CRYPTO), audio("RTP/AVP", CRYPTO), "", "m=audio 0 RTP/AVP 0\r\n"]
)
def test_a_phone_gets_the_form_of_a_phone(offer: str, transport: str) -> None:
    caller, device = forms_of_ends((HEAD + offer).encode(), "UDP", transport)
    assert caller is device


@pytest.mark.parametrize(
    ("transport", "expected"), [("UDP", Form.PLAIN), ("TCP", Form.PLAIN), ("TLS", Form.OPPORTUNISTIC)]
)
@pytest.mark.parametrize("attributes", [FINGERPRINT, FINGERPRINT + ICE])
def test_keys_for_a_phone_stand_in_encrypted_messages_alone(attributes: str, transport: str, expected: Form) -> None:
    offer = HEAD + audio("UDP/TLS/RTP/SAVPF", attributes)
    assert forms_of_ends(offer.encode(), "WSS", transport)[1] is expected


@pytest.mark.parametrize(
    ("offer", "caller", "device", "expected"),
    [
        ("", "WSS", "UDP", (Form.WEBRTC, Form.PLAIN)),
        ("", "WS", "TLS", (Form.WEBRTC, Form.OPPORTUNISTIC)),
        ("", "UDP", "WS", (Form.PLAIN, Form.WEBRTC)),
        ("", "WS", "WS", (Form.WEBRTC, Form.WEBRTC)),
        ("", "UDP", "TLS", (Form.PLAIN, Form.PLAIN)),
        (HEAD, "UDP", "WS", (Form.WEBRTC, Form.WEBRTC)),
        (HEAD, "WS", "UDP", (Form.PLAIN, Form.PLAIN)),
        ("hello", "WS", "TLS", (Form.PLAIN, Form.PLAIN)),
    ],
)
def test_without_an_offer_the_transports_tell(
    offer: str, caller: str, device: str, expected: tuple[Form, Form]
) -> None:
    assert forms_of_ends(offer.encode(), caller, device) == expected


@pytest.mark.parametrize("form", Form)
def test_the_forms_ride_in_the_route_token(form: Form) -> None:
    session = Session("192.0.2.10:2223", "key", form, Form.WEBRTC, late=True)
    assert unseal(session.seal(Side.CALLEE)) == (session, Side.CALLEE)


def test_the_token_of_a_call_from_an_earlier_release_is_read() -> None:
    session, side = unseal("a/p/w/l/key/192.0.2.10:2223")
    assert session == Session("192.0.2.10:2223", "key", Form.PLAIN, Form.WEBRTC, late=True)
    assert side is Side.CALLER
