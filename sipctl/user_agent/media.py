"""The sound of one end of a call."""

from __future__ import annotations

import re
from typing import Final

from sipctl.user_agent.datagrams import Address, Datagrams
from sipctl.user_agent.sound import PACKET_S, Ear, Tone

# Half a second of a tone proves the way; a relay may lose the first packets.
_ENOUGH_PACKETS: Final = 25
_MEDIA: Final = re.compile(r"^m=audio (\d+) ", re.MULTILINE)
_CONNECTION: Final = re.compile(r"^c=IN IP4 (\S+)", re.MULTILINE)


class Media:
    """Sends a tone where its peer's description says, and listens for the other end's."""

    def __init__(self, datagrams: Datagrams, local: str, tone: Tone, ear: Ear) -> None:
        self._tone = tone
        self._ear = ear
        self._socket = datagrams.open(local, lambda data, _: ear.hear(data))
        self._peer: Address | None = None
        self._send_at = 0.0
        datagrams.every_tick(self._send)

    @property
    def hears(self) -> bool:
        """Whether enough of the other tone has come."""
        return self._ear.heard >= _ENOUGH_PACKETS

    @property
    def heard(self) -> str:
        """A text about the tone."""
        return f"heard the tone in {self._ear.heard} of {self._ear.packets} packets"

    def description(self) -> str:
        """Returns the session description of this end (RFC 8866)."""
        host, port = self._socket.getsockname()
        lines = ("v=0", f"o=- 1 1 IN IP4 {host}", "s=-", f"c=IN IP4 {host}", "t=0 0", f"m=audio {port} RTP/AVP 0")
        return "".join(f"{line}\r\n" for line in (*lines, "a=rtpmap:0 PCMU/8000"))

    def send_to(self, description: str) -> None:
        """Begins to send where a description says."""
        port, host = _MEDIA.search(description), _CONNECTION.search(description)
        if port and host:
            self._peer = host[1], int(port[1])

    def _send(self, now: float) -> None:
        if self._peer and now >= self._send_at:
            self._send_at = max(self._send_at + PACKET_S, now - PACKET_S)
            self._socket.sendto(self._tone.packet(), self._peer)
