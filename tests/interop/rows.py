"""The rows of the table: each agent over each transport that it speaks, and what is particular about it."""

from __future__ import annotations

from dataclasses import dataclass

from tests.agents.settings import Feature, Kind, Transport

LISTS_IN_REST = {
    "pjsua2": "pjsua2",
    "baresip": "baresip",
    "baresip-debian": "baresip v1",
    "linphone": "linphone/5",
    "kamailio": "kamailio",
    "kamailio-sbc": "pjsua2",
    "twinkle": "Twinkle",
    "jssip": "JsSIP",
    "sipjs": "SIP.js",
}
"""How each names itself in its User-Agent, as far as it matters which one it is."""


@dataclass(frozen=True)
class Station:
    """A kind of phone: one agent over one transport, with the extensions that it has to use."""

    kind: Kind
    transport: Transport
    features: tuple[Feature, ...] = ()

    def __str__(self) -> str:
        return "-".join((self.kind, self.transport, *self.features))


PEER_OVER_UDP, PEER_OVER_TCP = Station("pjsua2", "udp"), Station("pjsua2", "tcp")


@dataclass(frozen=True)
class Row:
    """One row: an agent, and the one that it talks with."""

    agent: Station
    peer: Station

    def __str__(self) -> str:
        return str(self.agent) if self != BROWSER_AND_PHONE else f"{self.agent}-with-{self.peer}"


PLAIN: tuple[Kind, ...] = ("pjsua2", "baresip", "baresip-debian", "linphone", "kamailio")
"""Those that speak SIP over UDP and TCP and send plain RTP."""

OVER_UDP = [Row(Station(kind, "udp"), PEER_OVER_TCP) for kind in PLAIN]
OVER_TCP = [Row(Station(kind, "tcp"), PEER_OVER_UDP) for kind in PLAIN]
# Twinkle's RTP library (ccRTP) stalls in dispatchBYE when a stream with pjsua2 ends.
TWINKLE_OVER_UDP = Row(Station("twinkle", "udp"), Station("linphone", "tcp"))
TWINKLE_OVER_TCP = Row(Station("twinkle", "tcp"), Station("linphone", "udp"))
BROWSER, OVER_TLS, KEYED = Station("jssip", "ws"), Station("pjsua2", "tls"), Station("pjsua2", "tcp", ("sdes",))
BROWSERS = Row(BROWSER, BROWSER)
OTHER_BROWSER = Row(Station("sipjs", "ws"), BROWSER)
BROWSER_AND_PHONE = Row(OTHER_BROWSER.agent, PEER_OVER_UDP)
SECURE = Row(OVER_TLS, OVER_TLS)
DEMANDING = Row(Station("pjsua2", "tcp", ("100rel", "timer", "outbound")), PEER_OVER_TCP)
WITH_KEYS = Row(Station("baresip-debian", "udp", ("sdes",)), KEYED)
BEHIND_PROXY_OVER_UDP = Row(Station("kamailio-sbc", "udp"), PEER_OVER_TCP)
BEHIND_PROXY_OVER_TCP = Row(Station("kamailio-sbc", "tcp"), PEER_OVER_UDP)

ROWS = [
    *OVER_UDP,
    *OVER_TCP,
    TWINKLE_OVER_UDP,
    TWINKLE_OVER_TCP,
    BROWSERS,
    OTHER_BROWSER,
    BROWSER_AND_PHONE,
    SECURE,
    DEMANDING,
    WITH_KEYS,
    BEHIND_PROXY_OVER_UDP,
    BEHIND_PROXY_OVER_TCP,
]

CANNOT_REFRESH_ON_COMMAND = {"baresip-debian", "twinkle"}
"""Their refresh is looked for in the long call, where their own timers make it."""

CANNOT_BE_HEARD_AFTER_HOLD = {"baresip-debian"}
"""Its recording ends with the first hold."""

LONG_CALLS = [
    *zip(OVER_UDP, [*OVER_TCP[1:], *OVER_TCP[:1]], strict=True),
    (TWINKLE_OVER_UDP, TWINKLE_OVER_TCP),
    (OTHER_BROWSER, BROWSERS),
    (BEHIND_PROXY_OVER_UDP, BEHIND_PROXY_OVER_TCP),
    (BROWSER_AND_PHONE, None),
    (SECURE, None),
    (DEMANDING, None),
    (WITH_KEYS, None),
]
"""Callers and callees of calls that are longer than a registration, all at the same time: each agent and each peer is
in one of them. None: the caller's peer is called."""
