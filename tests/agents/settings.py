"""The settings with which a test phone starts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

Kind = Literal[
    "pjsua2", "baresip", "baresip-debian", "linphone", "kamailio", "kamailio-sbc", "twinkle", "jssip", "sipjs"
]
"""pjsua2 and baresip are PyPI's wheels; baresip-debian, linphone, kamailio and twinkle Debian's packages; jssip and
sipjs run in Debian's Chromium. kamailio and kamailio-sbc are pjsua2 phones behind a PBX and a proxy with Path."""

Transport = Literal["udp", "tcp", "tls", "ws"]
"""jssip and sipjs: ws and nothing else; pjsua2: udp, tcp or tls; all others: udp or tcp."""

Feature = Literal["100rel", "no-rtp", "outbound", "sdes", "sdes-offered", "dtls", "timer", "video"]
"""Something that an agent is told to use. pjsua2 has all but dtls and video, baresip-debian sdes and dtls,
jssip video.

100rel: demand reliable provisional responses (RFC 3262). timer: demand session timers (RFC 4028).
outbound: register flows (RFC 5626), as pjsua2 does over connections alone.
sdes: SRTP or no call, with keys in the description (RFC 4568). sdes-offered: SRTP where the far end has it, too.
dtls: DTLS-SRTP or no call, without ICE (RFC 5763). video: a moving picture beside the sound.
no-rtp: descriptions as ever, but no socket behind them, for calls in quick succession.
"""

SAMPLE_RATE = 8000
"""Samples per second of all sound that a phone makes or hears (16-bit, mono)."""


@dataclass(frozen=True)
class PhoneSettings:
    """The account of a phone and the way to its proxy.

    `password` None: an account that has no credentials, such as a caller from outside.
    `tone_hz`: the pitch of the tone that the phone sends in a call.
    `local_host`: the address to send from, which is the machine's own.
    `instance_id`: a UUID for `+sip.instance`; None leaves it to the stack.
    `features`: extensions that the agent has to use. Raises ValueError in an agent that lacks one.
    `contact_parameters`: of the Contact URI, such as those of a push service; pjsua2, linphone and sipjs have them.
    """

    username: str
    password: str | None
    domain: str
    proxy_host: str
    proxy_port: int
    transport: Transport
    tone_hz: int
    instance_id: str | None
    local_host: str
    features: Sequence[Feature] = ()
    contact_parameters: str = ""

    @property
    def proxy(self) -> str:
        """Host and port of the proxy, as a URI has them."""
        host = f"[{self.proxy_host}]" if ":" in self.proxy_host else self.proxy_host
        return f"{host}:{self.proxy_port}"

    def to_json(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str | bytes) -> PhoneSettings:
        """The settings in a line made by `to_json`. Raises ValueError or TypeError for anything else."""
        return cls(**json.loads(line))
