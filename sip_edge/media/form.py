"""The forms of media: the encryption and the multiplexing of an end's RTP, and how they are found.

The caller's form is that of its offer. `forms_of_ends` finds it by the media lines that aren't refused:

    | profile of the lines | attributes | form |
    |---|---|---|
    | UDP/TLS/RTP/SAVP[F], RTP/SAVP[F] | fingerprint, ICE | WEBRTC |
    | UDP/TLS/RTP/SAVP[F], RTP/SAVP[F] | fingerprint, neither ICE nor crypto | DTLS |
    | RTP/SAVP[F] | any other | SDES |
    | RTP/AVP[F], perhaps beside RTP/SAVP[F] | crypto, fingerprint or both | OPPORTUNISTIC |
    | any other | any other | PLAIN |

An offer without media suits any device. Without an offer, a caller over WebSocket is WEBRTC, and any other is PLAIN.

The device's form follows from its transport, and from the caller's form:

    | device registered over | caller | form |
    |---|---|---|
    | WS, WSS | any | WEBRTC |
    | UDP, TCP, TLS | PLAIN, SDES, OPPORTUNISTIC | that of the caller |
    | TLS | DTLS, WEBRTC | OPPORTUNISTIC: plain phones skip the keys, and TLS hides them |
    | UDP, TCP | DTLS, WEBRTC | PLAIN: every reader of the signalling could read the keys |
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

_MEDIA: Final = re.compile(rb"^m=\S+ (?!0[ /])\S+ (\S+)", re.MULTILINE)
_CRYPTO: Final = b"\na=crypto:"  # RFC 4568 §9.1
_FINGERPRINT: Final = b"\na=fingerprint:"  # RFC 8122 §5
_ICE: Final = b"\na=ice-ufrag:"  # RFC 8839 §5.4
_SECURE: Final = b"RTP/SAVP"
_DTLS: Final = b"UDP/TLS/"
_CLEAR: Final = re.compile(rb"RTP/AVPF?$")
_WEB: Final = ("WS", "WSS")  # an agent that speaks SIP over WebSocket is a browser (RFC 7118)


class Form(StrEnum):
    """The forms of media that an end understands. The values stand in the route tokens of calls."""

    PLAIN = "p"  # RTP/AVP
    SDES = "s"  # SRTP alone, with keys in the description (RFC 4568)
    OPPORTUNISTIC = "o"  # RTP/AVP with an offer of keys, which the other end may skip (RFC 8643)
    DTLS = "d"  # DTLS-SRTP without ICE (RFC 5763)
    WEBRTC = "w"  # DTLS-SRTP with ICE and RTCP on the same port (RFC 8827)


_BOTH_PLAIN: Final = (Form.PLAIN, Form.PLAIN)


def forms_of_ends(offer: bytes, caller: str, device: str) -> tuple[Form, Form]:
    """The forms of a caller and of a device: see the tables above.

    `offer` is the body of the INVITE, `caller` and `device` are the transports of their flows.
    """
    if caller not in _WEB and device not in _WEB and not _is_keyed(offer):
        return _BOTH_PLAIN
    offered = _form_of_offer(offer)
    if offered is None and offer:
        form = _form_of_device(device, Form.PLAIN)
        return form, form
    if offered is None:
        offered = Form.WEBRTC if caller in _WEB else Form.PLAIN
    return offered, _form_of_device(device, offered)


def _is_keyed(offer: bytes) -> bool:
    """Whether an offer may be other than plain; most are not."""
    return _SECURE in offer or _CRYPTO in offer or _FINGERPRINT in offer


def _form_of_offer(offer: bytes) -> Form | None:
    """The form of an offer; None without media that could be used."""
    profiles: list[bytes] = _MEDIA.findall(offer)
    if not profiles:
        return None
    has_crypto, has_fingerprint = _CRYPTO in offer, _FINGERPRINT in offer
    if not any(_SECURE in profile for profile in profiles) or any(_CLEAR.match(profile) for profile in profiles):
        return Form.OPPORTUNISTIC if has_crypto or has_fingerprint else Form.PLAIN
    if has_fingerprint and _ICE in offer:
        return Form.WEBRTC
    is_dtls = any(_DTLS in profile for profile in profiles) or (has_fingerprint and not has_crypto)
    return Form.DTLS if is_dtls else Form.SDES


def _form_of_device(transport: str, caller: Form) -> Form:
    if transport in _WEB:
        return Form.WEBRTC
    if caller not in (Form.DTLS, Form.WEBRTC):
        return caller
    return Form.OPPORTUNISTIC if transport == "TLS" else Form.PLAIN
