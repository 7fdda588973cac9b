"""Media relays that answer as rtpengine does, when a test wants them to."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from sip_edge.media.bencode import decode, encode


class MediaRelays:
    """All of them. `asked` are the commands that were new to them, each with the relay's address.

    They write their address into a description, so that one sees which has had it. Those in `dead` say nothing.
    `reports` are their reports of a session, `refusals` the answers of others to descriptions. `held` keeps all
    answers back.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.dead: set[str] = set()
        self.reports: dict[str, dict[str, Any]] = {}
        self.refusals: dict[str, dict[str, str]] = {}
        self.held = False
        self.reply: Callable[[bytes, str], None]
        self._last: dict[str, bytes] = {}
        self._cookies: set[bytes] = set()
        self._later: deque[tuple[bytes, str]] = deque()

    def receive(self, address: str, data: bytes) -> None:
        """A datagram for a relay."""
        cookie, _, body = data.partition(b" ")
        command: Any = decode(body)
        self._last[address] = cookie
        if command["command"] != b"ping" and cookie not in self._cookies:
            self._cookies.add(cookie)
            self.asked.append((address, command))
        if address not in self.dead:
            self._later.append((cookie + b" " + encode(self._answer(address, command)), address))

    def deliver(self) -> None:
        """Let the answers arrive."""
        while self._later and not self.held:
            self.reply(*self._later.popleft())

    def cookie(self, address: str) -> bytes:
        """The cookie of the last command that a relay got."""
        return self._last[address]

    def take(self) -> list[str]:
        """The commands since the last time, in short."""
        taken, self.asked = self.asked, []
        return [command["command"].decode() for _, command in taken]

    def _answer(self, address: str, command: dict[str, Any]) -> dict[str, Any]:
        if command["command"] == b"ping":
            return {"result": "pong"}
        if "sdp" not in command:
            return self.reports.get(address, {"result": "ok"})
        return self.refusals.get(address) or {
            "result": "ok",
            "sdp": command["sdp"] + f"a=relayed:{address}\r\n".encode(),
        }
