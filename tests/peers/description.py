"""Session descriptions and their parts."""

from __future__ import annotations

from typing import Final

HEAD: Final = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\n"
PCMU: Final = "m=audio 5000 RTP/AVP 0\n"
SAVP: Final = "m=audio 4000 RTP/SAVP 0\n"
KEY: Final = "inline:WnD7c1ksDGs+dIefCEo8omPg4uO8DYIinNGL5yxQ"
CRYPTO: Final = f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 {KEY}\n"


def crlf(text: str) -> bytes:
    """A body, with the line ends that SIP has."""
    return text.replace("\n", "\r\n").encode()


AUDIO: Final = crlf(HEAD + PCMU)
