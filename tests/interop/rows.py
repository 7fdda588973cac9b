"""The rows of the table: each agent over each transport that it speaks, and what is particular about it."""

from __future__ import annotations

from dataclasses import dataclass

from tests.agents.settings import Kind, Transport

LISTS_IN_REST = {
    "pjsua2": "pjsua2",
    "baresip": "baresip",
    "baresip-debian": "baresip v1",
    "linphone": "linphone/5",
    "kamailio": "kamailio",
    "jssip": "JsSIP",
}
"""How each names itself in its User-Agent, as far as it matters which one it is."""


@dataclass(frozen=True)
class Row:
    """One agent over one transport."""

    kind: Kind
    transport: Transport

    def __str__(self) -> str:
        return f"{self.kind}-{self.transport}"


PLAIN: tuple[Kind, ...] = ("pjsua2", "baresip", "baresip-debian", "linphone", "kamailio")
"""Those that speak SIP over UDP and TCP and send plain RTP."""

OVER_UDP = [Row(kind, "udp") for kind in PLAIN]
OVER_TCP = [Row(kind, "tcp") for kind in PLAIN]
BROWSER = Row("jssip", "ws")
ROWS = [*OVER_UDP, *OVER_TCP, BROWSER]

CANNOT_REFRESH_ON_COMMAND = {"baresip-debian"}
"""Its refresh is looked for in the long call, where its own timer makes it."""

CANNOT_BE_HEARD_AFTER_HOLD = {"baresip-debian"}
"""Its recording ends with the first hold."""

LONG_CALLS = [*zip(OVER_UDP, [*OVER_TCP[1:], *OVER_TCP[:1]], strict=True), (BROWSER, None)]
"""Who calls whom for longer than a registration lasts: each agent another one over the other transport. None: another
browser, which is no row."""
