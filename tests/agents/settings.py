"""What one test phone needs to know before it starts."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal

Kind = Literal["pjsua2", "baresip", "baresip-debian", "linphone", "kamailio", "jssip"]
"""pjsua2 and baresip are PyPI's wheels; baresip-debian, linphone and kamailio Debian's packages; jssip runs in Debian's
Chromium."""

Transport = Literal["udp", "tcp", "ws"]
"""jssip: ws and nothing else; all others: udp or tcp."""

SAMPLE_RATE = 8000
"""Samples per second of all sound that a phone makes or hears (16-bit, mono)."""


@dataclass(frozen=True)
class PhoneSettings:
    """The account of a phone and the way to its proxy.

    `password` None: an account that has no credentials, such as a caller from outside.
    `tone_hz`: the pitch of the tone that the phone sends in a call.
    `local_host`: the address to send from, which is the machine's own.
    `instance_id`: a UUID for `+sip.instance`; None leaves it to the stack.
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

    def to_json(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str | bytes) -> PhoneSettings:
        """The settings in a line made by `to_json`. Raises ValueError or TypeError for anything else."""
        return cls(**json.loads(line))
