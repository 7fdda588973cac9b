"""Offers of pjsip's sendto scripts to phones with particular features: session timers, and SRTP with keys in SDP."""

from __future__ import annotations

from typing import Final

from tests.peers.description import CRYPTO, HEAD, KEY, PCMU, SAVP
from tests.peers.offers import UNKNOWN, Offer

KEY_2: Final = "inline:t0r0/apkukU7JjjfR0mY8GEimBq4OiPEm9eKSFOx"

TIMERS: Final = (
    Offer(
        "170_timer_required",
        "a session timer is demanded",
        HEAD + PCMU,
        headers=("Require: timer", "Supported: timer", "Session-Expires: 1800"),
        features=("timer",),
    ),
    Offer(
        "171_timer_initiated_by_uas",
        "the callee asks for a session timer",
        HEAD + PCMU,
        headers=("Supported: timer",),
        features=("timer",),
    ),
    Offer("172_timer_supported_but_not_used", "neither end asks for one", HEAD + PCMU, headers=("Supported: timer",)),
    Offer(
        "173_timer_offer_no_refresher",
        "the callee chooses who refreshes",
        HEAD + PCMU,
        headers=("Supported: timer", "Session-Expires: 1800"),
        features=("timer",),
    ),
    Offer(
        "173_timer_offer_refresher_uac",
        "the caller refreshes",
        HEAD + PCMU,
        headers=("Supported: timer", "Session-Expires: 1800;refresher=uac"),
        features=("timer",),
    ),
    Offer(
        "173_timer_offer_refresher_uas",
        "the callee refreshes",
        HEAD + PCMU,
        headers=("Supported: timer", "Session-Expires: 1800;refresher=uas"),
        features=("timer",),
    ),
    Offer(
        "174_timer_se_too_small",
        "the interval is too short",
        HEAD + PCMU,
        422,
        headers=("Supported: timer", "Session-Expires: 60"),
        features=("timer",),
    ),
)

SECURED: Final = (
    Offer(
        "300_srtp_crypto_case_insensitive",
        "suites in mixed case",
        HEAD + SAVP + f"a=crypto:1 AeS_Cm_128_HmAC_shA1_80 {KEY}\na=crypto:2 aEs_cM_128_HMaC_ShA1_32 {KEY_2}\n",
        answered=("m=audio * RTP/SAVP", "a=crypto"),
        features=("sdes",),
    ),
    Offer(
        "300_srtp_duplicated_crypto_tag",
        "two keys of one tag",
        HEAD + SAVP + CRYPTO + f"a=crypto:1 AES_CM_128_HMAC_SHA1_32 {KEY_2}\n",
        406,
        features=("sdes",),
    ),
    Offer(
        "300_srtp_invalid_crypto_tag_non_numeric",
        "a tag that is no number",
        HEAD + SAVP + CRYPTO.replace(":1", ":a"),
        406,
        features=("sdes",),
    ),
    Offer(
        "300_srtp_receive_no_key_1",
        "a suite without a key",
        HEAD + PCMU + "a=crypto:0 AES_CM_128_HMAC_SHA1_80\n",
        406,
        features=("sdes-offered",),
    ),
    Offer("301_srtp0_recv_avp", "plain RTP to a phone without SRTP", HEAD + PCMU, answered=("m=audio * RTP/AVP",)),
    Offer("301_srtp0_recv_savp", "SRTP to a phone without it", HEAD + SAVP + CRYPTO, 488),
    Offer("310_srtp1_no_crypto", "SRTP without a key", HEAD + SAVP, 406, features=("sdes-offered",)),
    Offer("311_srtp1_recv_avp", "plain RTP is taken", HEAD + PCMU, features=("sdes-offered",)),
    Offer(
        "312_srtp1_recv_savp",
        "SRTP is taken",
        HEAD + SAVP + CRYPTO,
        answered=("m=audio * RTP/SAVP", "a=crypto"),
        features=("sdes-offered",),
    ),
    Offer(
        "313_srtp1_unsupported_crypto",
        "suites of no phone",
        HEAD + SAVP + f"a=crypto:1 CRYPTO_X {KEY}\na=crypto:2 CRYPTO_Y {KEY_2}\n",
        406,
        features=("sdes-offered",),
    ),
    Offer("320_srtp2_no_crypto", "SRTP without a key where it is a must", HEAD + SAVP, 406, features=("sdes",)),
    Offer("321_srtp2_recv_avp", "plain RTP where SRTP is a must", HEAD + PCMU, 488, features=("sdes",)),
    Offer("322_srtp2_recv_savp", "SRTP where it is a must", HEAD + SAVP + CRYPTO, features=("sdes",)),
    Offer(
        "323_srtp2_unsupported_crypto",
        "suites of no phone where SRTP is a must",
        HEAD + SAVP + f"a=crypto:1 CRYPTO_X {KEY}\n",
        406,
        features=("sdes",),
    ),
    Offer(
        "320_srtp_with_unknown_media_1",
        "a key for audio, and an unknown medium",
        HEAD + PCMU + CRYPTO + UNKNOWN,
        answered=("m=audio * RTP/AVP", "a=crypto", "m=unheardof 0"),
        features=("sdes-offered",),
    ),
    Offer(
        "320_srtp_with_unknown_media_2",
        "an unknown medium, and a key for audio",
        HEAD + UNKNOWN + PCMU + CRYPTO,
        answered=("m=unheardof 0", "m=audio * RTP/AVP", "a=crypto"),
        features=("sdes-offered",),
    ),
    Offer(
        "320_srtp_with_unknown_transport_1",
        "a key for audio, and a medium over an unknown transport",
        HEAD + SAVP + CRYPTO + "m=unheardof 4000 XRTPX/XAVPX 54\n",
        answered=("m=audio * RTP/SAVP", "a=crypto", "m=unheardof 0"),
        features=("sdes-offered",),
    ),
    Offer(
        "320_srtp_with_unknown_transport_2",
        "the same the other way round",
        HEAD + "m=unheardof 4000 XRTPX/XAVPX 54\n" + SAVP + CRYPTO,
        answered=("m=unheardof 0", "m=audio * RTP/SAVP", "a=crypto"),
        features=("sdes-offered",),
    ),
    Offer(
        "330_srtp_prefer_rtp_savp",
        "SRTP first, plain RTP second",
        HEAD + SAVP + CRYPTO + PCMU,
        answered=("m=audio * RTP/SAVP", "m=audio 0"),
        features=("sdes-offered",),
    ),
    Offer(
        "331_srtp_prefer_rtp_avp",
        "plain RTP first, SRTP second, to a phone that prefers SRTP",
        HEAD + PCMU + SAVP + CRYPTO,
        answered=("m=audio 0", "m=audio * RTP/SAVP"),
        features=("sdes-offered",),
    ),
)
