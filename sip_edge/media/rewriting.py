"""The commands by which an rtpengine rewrites the description of one end into the form of the other (RFC 3264).

    | form of the receiver | profile where the ends differ | keys | ICE | RTCP |
    |---|---|---|---|---|
    | PLAIN | RTP/AVP | none | none | a port of its own |
    | SDES | RTP/SAVP | crypto | none | a port of its own |
    | OPPORTUNISTIC | RTP/AVP | crypto (RFC 8643) | none | a port of its own |
    | DTLS | UDP/TLS/RTP/SAVP | fingerprint | none | a port of its own |
    | WEBRTC | UDP/TLS/RTP/SAVPF | fingerprint | yes | on the port of RTP |

Ends of the same form keep the profile of the offer.
"""

from __future__ import annotations

from typing import Final

from sip_edge.media.bencode import Encodable
from sip_edge.media.form import Form
from sip_edge.media.session import Session, Side

# The suites that phones have. All twelve of rtpengine would fill a datagram, and two of them don't encrypt.
_SDES: Final = [
    *("no-AES_192_CM_HMAC_SHA1_80", "no-AES_192_CM_HMAC_SHA1_32", "no-AES_256_CM_HMAC_SHA1_32"),
    *("no-F8_128_HMAC_SHA1_80", "no-F8_128_HMAC_SHA1_32", "no-NULL_HMAC_SHA1_80", "no-NULL_HMAC_SHA1_32"),
]
_PHONE: Final[dict[str, Encodable]] = {"ICE": "remove", "rtcp-mux": ["demux"], "SDES": _SDES}
_FOR: Final[dict[Form, dict[str, Encodable]]] = {
    Form.PLAIN: _PHONE,
    Form.SDES: {**_PHONE, "DTLS": "off"},
    Form.OPPORTUNISTIC: {**_PHONE, "DTLS": "off"},
    Form.DTLS: {**_PHONE, "SDES": ["off"]},
    Form.WEBRTC: {"ICE": "force", "rtcp-mux": ["require"], "flags": ["generate-mid"], "SDES": ["off"]},
}
_PROTOCOL: Final = {
    Form.PLAIN: "RTP/AVP",
    Form.SDES: "RTP/SAVP",
    Form.OPPORTUNISTIC: "RTP/AVP",
    Form.DTLS: "UDP/TLS/RTP/SAVP",
    Form.WEBRTC: "UDP/TLS/RTP/SAVPF",
}


def command(name: str, session: Session, sender: Side, text: bytes, family: str) -> dict[str, Encodable]:
    """The command that rewrites a description of `sender`'s, an "offer" or an "answer".

    `family` is that of the receiver's address, "IP4" or "IP6".
    """
    receiver = sender.other
    form = session.form(receiver)
    asked: dict[str, Encodable] = {
        "command": name,
        "call-id": session.key,
        # The rtpengine wants the author of the offer first, also in the command for the answer.
        "from-tag": sender if name == "offer" else receiver,
        "sdp": text,
        "replace": ["origin", "session-connection"],
        "address-family": family,
        **_FOR[form],
    }
    if name == "answer":
        asked["to-tag"] = sender
        return asked
    if session.caller is not session.callee:
        asked["transport-protocol"] = _PROTOCOL[form]
    # Without "accept" the answer to keys that may be skipped would have none.
    opportunistic = [
        *(["offer"] if form is Form.OPPORTUNISTIC else []),
        *(["accept"] if session.form(sender) is Form.OPPORTUNISTIC else []),
    ]
    if opportunistic:
        asked["OSRTP"] = opportunistic
    return asked
