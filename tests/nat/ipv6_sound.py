"""The sound of a phone without IPv4."""

from __future__ import annotations

import re
import socket
import threading
import time
from typing import Final

from sipctl.user_agent.sound import PACKET_S, Ear, Tone
from tests.nat.ipv6_network import PHONE6, synthesized
from tests.nat.network import Namespace
from tests.waiting import wait_until

_CONNECTION: Final = re.compile(r"^c=IN IP4 (\S+)", re.MULTILINE)
_AUDIO: Final = re.compile(r"^m=audio (\d+) ", re.MULTILINE)
_ENOUGH_PACKETS: Final = 25


class Ipv6Sound:
    """Sends a tone to where a description says, and hears another one. Leaving it ends that.

    It reaches an IPv4 address by the one that it synthesizes for it, as iPhones do (RFC 8305 §7.1).
    """

    def __init__(self, host: Namespace, sends_hz: int, hears_hz: int) -> None:
        self._socket = host.make(lambda: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM))
        self._socket.bind((PHONE6, 0))
        self._socket.settimeout(PACKET_S)
        self._tone = Tone(sends_hz)
        self._ear = Ear(hears_hz)
        self._peer: tuple[str, int] | None = None
        self._has_ended = False
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Ipv6Sound:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._has_ended = True
        self._thread.join()
        self._socket.close()

    def description(self) -> bytes:
        """Its session description, which has IPv6 alone."""
        port = self._socket.getsockname()[1]
        lines = ("v=0", f"o=- 1 1 IN IP6 {PHONE6}", "s=-", f"c=IN IP6 {PHONE6}", "t=0 0", f"m=audio {port} RTP/AVP 0")
        return "".join(f"{line}\r\n" for line in lines).encode()

    def send_to(self, description: bytes) -> None:
        """Send from now on to the IPv4 address of a description."""
        host, port = _CONNECTION.search(description.decode()), _AUDIO.search(description.decode())
        assert host, description
        assert port, description
        self._peer = synthesized(host[1]), int(port[1])

    def wait_heard(self) -> None:
        """Wait until half a second of the other tone has been heard."""
        wait_until(lambda: self._ear.heard >= _ENOUGH_PACKETS, "the tone is heard")

    def _run(self) -> None:
        next_at = time.monotonic()
        while not self._has_ended:
            if self._peer and time.monotonic() >= next_at:
                next_at += PACKET_S
                self._socket.sendto(self._tone.packet(), self._peer)
            try:
                self._ear.hear(self._socket.recv(2048))
            except TimeoutError:
                continue
