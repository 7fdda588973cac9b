"""Descriptions of browsers, trimmed for phones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip_edge.media.trimming import refuse_video, trim

SESSION = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\na=extmap-allow-mixed\r\na=msid-semantic: WMS x\r\n"
    "a=group:BUNDLE 0 1\r\nt=0 0\r\n"
)
AUDIO = (
    "m=audio 20158 RTP/AVP 111 63 9 0 8 13 110\r\nc=IN IP4 10.0.0.5\r\na=extmap:1 urn:x\r\na=msid:- b\r\n"
    "a=ssrc:1 cname:x\r\na=rtcp-rsize\r\na=rtcp-xr:rcvr-rtt=all\r\na=mid:0\r\na=rtpmap:111 opus/48000/2\r\n"
    "a=fmtp:111 minptime=10;useinbandfec=1\r\na=rtcp-fb:111 transport-cc\r\na=rtpmap:63 red/48000/2\r\n"
    "a=fmtp:63 111/111\r\na=rtpmap:9 G722/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
    "a=rtpmap:13 CN/8000\r\na=rtpmap:110 telephone-event/48000\r\na=sendrecv\r\na=rtcp:20159\r\n"
    "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc\r\na=setup:actpass\r\na=fingerprint:sha-256 4A\r\n"
)
VIDEO = (
    "m=video 20222 RTP/AVP 96 97 102\r\nc=IN IP4 10.0.0.5\r\na=ssrc-group:FID 1 2\r\na=mid:1\r\na=rid:h send\r\n"
    "a=simulcast:send h\r\na=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 goog-remb\r\na=rtcp-fb:96 ccm fir\r\n"
    "a=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n"
    "a=rtcp-fb:97 nack pli\r\na=rtpmap:102 H264/90000\r\na=fmtp:102 packetization-mode=1\r\na=rtcp-fb:* nack pli\r\n"
    "a=sendonly\r\na=rtcp:20300\r\n"
)
TRIMMED_SESSION = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
TRIMMED_AUDIO = (
    "m=audio 20158 RTP/AVP 111 9 0 8 13 110\r\nc=IN IP4 10.0.0.5\r\na=rtpmap:111 opus/48000/2\r\n"
    "a=fmtp:111 minptime=10;useinbandfec=1\r\na=rtpmap:110 telephone-event/48000\r\na=sendrecv\r\n"
    "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc\r\na=setup:actpass\r\na=fingerprint:sha-256 4A\r\n"
)
TRIMMED_VIDEO = (
    "m=video 20222 RTP/AVP 96 102\r\nc=IN IP4 10.0.0.5\r\na=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 ccm fir\r\n"
    "a=rtcp-fb:96 nack pli\r\na=rtpmap:102 H264/90000\r\na=fmtp:102 packetization-mode=1\r\n"
    "a=rtcp-fb:* nack pli\r\na=sendonly\r\na=rtcp:20300\r\n"
)
OTHER = "m=image 4000 udptl t38\r\na=mid:2\r\na=T38FaxVersion:0\r\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SESSION, TRIMMED_SESSION),
        (AUDIO, TRIMMED_AUDIO),
        (VIDEO, TRIMMED_VIDEO),
        (OTHER, OTHER),
        (SESSION + AUDIO + VIDEO + OTHER, TRIMMED_SESSION + TRIMMED_AUDIO + TRIMMED_VIDEO + OTHER),
        (TRIMMED_SESSION + TRIMMED_AUDIO, TRIMMED_SESSION + TRIMMED_AUDIO),
        ("", ""),
    ],
)
@pytest.mark.parametrize("line_end", ["\r\n", "\n"])
def test_lines_that_phones_do_not_read_are_left_out(text: str, expected: str, line_end: str) -> None:
    assert trim(text.replace("\r\n", line_end).encode()) == expected.replace("\r\n", line_end).encode()


@pytest.mark.parametrize(
    "text",
    [
        "m=audio 4000 RTP/AVP 0\r\na=rtpmap:0 PCMU/16000\r\n",  # a number with another meaning
        "m=audio 4000 RTP/AVP 63\r\na=rtpmap:63 red/48000\r\n",  # a line needs a format
        "m=audio 0 RTP/AVP 0\r\n",
        "m=audio 4000 RTP/AVP 0\r\na=rtcp:4001 IN IP4 10.0.0.9\r\n",
        "m=audio 4000/2 RTP/AVP 0\r\na=rtcp:4001\r\n",
        "m=audio\r\n",
        "m=audio \r\na=mid:0",
        "a=msidx:1\r\n",
    ],
)
def test_other_lines_stay(text: str) -> None:
    assert trim(text.encode()) == text.encode()


def test_refused_video_stands_in_its_place_with_port_0() -> None:
    text = (TRIMMED_SESSION + TRIMMED_AUDIO + TRIMMED_VIDEO + OTHER).encode()
    refused = "m=video 0 RTP/AVP 96 102\r\nc=IN IP4 10.0.0.5\r\na=rtpmap:96 VP8/90000\r\na=rtpmap:102 H264/90000\r\n"
    assert refuse_video(text) == (TRIMMED_SESSION + TRIMMED_AUDIO + refused + OTHER).encode()
    assert refuse_video((SESSION + AUDIO).encode()) == (SESSION + AUDIO).encode()


@given(st.lists(st.sampled_from((SESSION + AUDIO + VIDEO + OTHER).splitlines(keepends=True)) | st.text("m=a:v \r\n")))
def test_any_text_is_trimmed_once_and_for_all(lines: list[str]) -> None:
    trimmed = trim("".join(lines).encode())
    assert trim(trimmed) == trimmed
    assert refuse_video(refuse_video(trimmed)) == refuse_video(trimmed)
