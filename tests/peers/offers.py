"""Offers that pjsip's sendto scripts make, in words of our own, and what pjsua2 says to each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tests.agents.settings import Feature
from tests.peers.description import HEAD, PCMU
from tests.peers.origin import Case

VIDEO: Final = "m=video 4000 RTP/AVP 100\na=rtpmap:100 myvideo/80000\n"
UNKNOWN: Final = "m=unheardof 4000 RTP/AVP 100\na=rtpmap:100 myapp/80000\n"
ICE: Final = "a=ice-ufrag:1234\na=ice-pwd:1234567890123456789012\n"


@dataclass(frozen=True)
class Offer(Case):
    """An INVITE's body; `status` is the final response that pjsua2 gives to it.

    `answered`: lines of the answer, in this order. `headers` go with the INVITE, `features` are the phone's.
    """

    body: str
    status: int = 200
    answered: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    features: tuple[Feature, ...] = ()


def _mixed(part: str, boundary: str = "12345") -> str:
    """A multipart body of one part and a text."""
    return f"--{boundary}\n{part}\n--{boundary}\nContent-Type: text/plain\n\nno description\n--{boundary}--\n"


_MIXED: Final = ("Content-Type: multipart/mixed; boundary=12345",)
_PART: Final = f"Content-Type: application/sdp\n\n{HEAD}{PCMU}"

MEDIA: Final = (
    Offer("100_simplecall", "one audio stream is answered", HEAD + PCMU, answered=("m=audio",)),
    Offer("120_sdp_with_video_dynamic_1", "audio, then video", HEAD + PCMU + VIDEO, answered=("m=audio", "m=video 0")),
    Offer("120_sdp_with_video_dynamic_2", "video, then audio", HEAD + VIDEO + PCMU, answered=("m=video 0", "m=audio")),
    Offer(
        "121_sdp_with_video_static_1",
        "audio, then video of an unknown static payload type",
        HEAD + PCMU + "m=video 4000 RTP/AVP 54\n",
        answered=("m=audio", "m=video 0"),
    ),
    Offer(
        "121_sdp_with_video_static_2",
        "video of an unknown static payload type, then audio",
        HEAD + "m=video 4000 RTP/AVP 54\n" + PCMU,
        answered=("m=video 0", "m=audio"),
    ),
    Offer(
        "122_sdp_with_unknown_dynamic_1",
        "audio, then an unknown medium",
        HEAD + PCMU + UNKNOWN,
        answered=("m=audio", "m=unheardof 0"),
    ),
    Offer(
        "122_sdp_with_unknown_dynamic_2",
        "an unknown medium, then audio",
        HEAD + UNKNOWN + PCMU,
        answered=("m=unheardof 0", "m=audio"),
    ),
    Offer(
        "123_sdp_with_unknown_static_1",
        "audio, then an unknown medium of a static payload type",
        HEAD + PCMU + "m=unheardof 4000 RTP/AVP 54\n",
        answered=("m=audio", "m=unheardof 0"),
    ),
    Offer(
        "123_sdp_with_unknown_static_2",
        "an unknown medium of a static payload type, then audio",
        HEAD + "m=unheardof 4000 RTP/AVP 54\n" + PCMU,
        answered=("m=unheardof 0", "m=audio"),
    ),
    Offer(
        "124_sdp_with_unknown_static_unknown_transport",
        "an unknown medium over an unknown transport",
        HEAD + PCMU + "m=unheardof 4000 XRTPX/XAVPX 54\n",
        answered=("m=audio", "m=unheardof 0 XRTPX/XAVPX"),
    ),
    Offer(
        "125_sdp_with_multi_audio_0",
        "three audio streams",
        HEAD + "m=audio 5000 RTP/AVP 0\nm=audio 4000 RTP/AVP 0\nm=audio 3000 RTP/AVP 0\n",
        answered=("m=audio", "m=audio 0", "m=audio 0"),
    ),
    Offer(
        "125_sdp_with_multi_audio_1",
        "audio, then audio over an unknown transport",
        HEAD + PCMU + "m=audio 4000 UNKNOWN 0\n",
        answered=("m=audio", "m=audio 0 UNKNOWN"),
    ),
    Offer(
        "125_sdp_with_multi_audio_2",
        "audio over an unknown transport, then audio",
        HEAD + "m=audio 4000 UNKNOWN 0\n" + PCMU,
        answered=("m=audio 0 UNKNOWN", "m=audio"),
    ),
    Offer(
        "125_sdp_with_multi_audio_3",
        "audio, then audio of an unknown codec",
        HEAD + PCMU + "m=audio 4000 RTP/AVP 100\na=rtpmap:100 XCODEC/8000\n",
        answered=("m=audio", "m=audio 0"),
    ),
    Offer(
        "125_sdp_with_multi_audio_4",
        "audio of an unknown static payload type, then audio",
        HEAD + "m=audio 5000 RTP/AVP 80\nm=audio 4000 RTP/AVP 0\n",
        answered=("m=audio 0", "m=audio"),
    ),
    Offer(
        "126_sdp_with_port_0_and_no_rtpmap_for_dynamic_pt",
        "a refused video stream without rtpmap, then audio",
        HEAD + "m=video 0 RTP/AVP 100\n" + PCMU,
        answered=("m=video 0", "m=audio"),
    ),
    Offer(
        "140_sdp_with_direction_attr_in_session_1",
        "a direction for the session",
        HEAD + "a=sendonly\n" + PCMU,
        answered=("a=recvonly",),
    ),
    Offer(
        "140_sdp_with_direction_attr_in_session_2",
        "a direction for the session, and another for the stream",
        HEAD + "a=sendonly\n" + PCMU + "a=inactive\n",
        answered=("a=inactive",),
    ),
    Offer("251_multipart_ok_simple", "a description and a text", _mixed(_PART), answered=("m=audio",), headers=_MIXED),
    Offer(
        "252_multipart_ok_clutter",
        "a description between texts, and words before and behind the parts",
        "before\n\n"
        + _mixed("\nof no type", "12:45").removesuffix("--12:45--\n")
        + f"--12:45\n{_PART}\n--12:45--\nafter",
        answered=("m=audio",),
        headers=('Content-Type: multipart/mixed; boundary="12:45"',),
    ),
)

REFUSED: Final = (
    Offer("150_err_extension", "an unknown extension is demanded", HEAD + PCMU, 420, headers=("Require: xyzzy",)),
    Offer("151_err_sdp_video", "video alone", HEAD + VIDEO, 488),
    Offer("152_err_sdp_no_media", "no stream", HEAD, 400),
    Offer("153_err_sdp_unsupported_codec", "an unknown codec alone", HEAD + "m=audio 4000 RTP/AVP 80\n", 488),
    Offer("155_err_sdp_bad_syntax", "lines without values", "v=\no=\ns=\nc=\nt=\na=\n", 400),
    Offer("156_err_sdp_bad_net_type", "an unknown network type", HEAD.replace("c=IN", "c=AF") + PCMU, 400),
    Offer("157_err_sdp_bad_addr_type", "an unknown address type", HEAD.replace("c=IN IP4", "c=IN IP9") + PCMU, 400),
    Offer("158_err_sdp_bad_transport_type", "an unknown transport", HEAD + "m=audio 4000 RTP/XAVP 0\n", 488),
    Offer(
        "160_err_duplicate_replaces",
        "two Replaces",
        HEAD + PCMU,
        400,
        headers=("Replaces: abcd;from_tag=1", "Replaces: efgh;from_tag=2"),
    ),
    Offer(
        "161_err_replaces_dlg_not_found",
        "a Replaces of no dialog",
        HEAD + PCMU,
        481,
        headers=("Replaces: abcd;from-tag=1;to-tag=2",),
    ),
    Offer(
        "260_multipart_err_no_sdp",
        "a multipart body without a description",
        _mixed(_PART.replace("/sdp", "/notsdp")),
        415,
        headers=_MIXED,
    ),
)

UNUSED: Final = (
    Offer(
        "200_ice_success_1",
        "a candidate for one component",
        HEAD + PCMU + ICE + "a=candidate:XX 1 UDP 1234 127.0.0.1 5000 typ host\n",
        answered=("m=audio",),
    ),
    Offer(
        "200_ice_success_2",
        "candidates for two components",
        HEAD
        + f"{PCMU}a=rtcp:5001 IN IP4 127.0.0.1\n{ICE}"
        + "a=candidate:XX 1 UDP 1234 127.0.0.1 5000 typ host\na=candidate:YY 2 UDP 1234 127.0.0.1 5001 typ host\n",
        answered=("m=audio",),
    ),
    Offer(
        "201_ice_mismatch_1",
        "a default address that is no candidate",
        HEAD + PCMU + ICE + "a=candidate:XX 1 UDP 1 192.0.2.1 2222 typ host\n",
        answered=("m=audio",),
    ),
    Offer(
        "400_fmtp_g7221_with_bitrate",
        "two bit rates of a codec that the phone lacks",
        HEAD
        + "m=audio 4000 RTP/AVP 99 100 0\na=rtpmap:99 G7221/16000\na=fmtp:99 bitrate=24000\n"
        + "a=rtpmap:100 G7221/16000\na=fmtp:100 bitrate=32000\n",
        answered=("m=audio * RTP/AVP 0",),
    ),
    Offer(
        "410_fmtp_amrnb_offer_octet_align",
        "a codec with parameters that the phone lacks",
        HEAD + "a=X-nat:0\nm=audio 4000 RTP/AVP 99 0\na=rtpmap:99 AMR/8000\na=fmtp:99 octet-align=1\n",
        answered=("m=audio * RTP/AVP 0",),
    ),
)
"""Attributes that this phone has no use for."""

OFFERS: Final = (*MEDIA, *REFUSED, *UNUSED)
