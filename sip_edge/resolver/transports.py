"""The names of transports in the DNS (RFC 3263 §4.1, §8), and their default ports (RFC 3261 §19.1.2)."""

from __future__ import annotations

from typing import Final, NamedTuple


class Transport(NamedTuple):
    """A transport's default port, its service in a NAPTR record in lower case, and its SRV prefix."""

    port: int
    naptr: bytes
    srv: str


TRANSPORTS: Final = {
    "UDP": Transport(5060, b"sip+d2u", "_sip._udp"),
    "TCP": Transport(5060, b"sip+d2t", "_sip._tcp"),
    "TLS": Transport(5061, b"sips+d2t", "_sips._tcp"),
}
