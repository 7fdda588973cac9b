"""The client of one rtpengine's ng protocol: a cookie, a space, and a bencoded dictionary in each datagram.

The rtpengine remembers what it answered to a cookie, so a command may be sent again when nothing comes back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from sip_edge.media.bencode import Encodable, Value, decode, encode
from sip_edge.message.errors import MalformedError
from sip_edge.transaction.timers import NEVER, Timed, Timers
from sip_edge.transaction.tokens import Tokens

Reply = dict[str, Value]
OnReply = Callable[[Reply | None], None]

_FIRST_REPEAT_S: Final = 0.15
_PATIENCE_S: Final = 1.2  # three repetitions; an rtpengine that works answers within a few milliseconds


class Engine:
    """Sends commands, and calls `noticed` whenever the rtpengine begins or stops to answer."""

    __slots__ = ("_noticed", "_send", "_timers", "_tokens", "_waiting", "address", "alive")

    def __init__(
        self,
        address: str,
        send: Callable[[str, bytes], None],
        timers: Timers,
        tokens: Tokens,
        noticed: Callable[[Engine], None],
    ) -> None:
        """`address` is `host:port`; `send` takes it with each datagram. It is `alive` until it ignores a command."""
        self.address = address
        self.alive = True
        self._send = send
        self._timers = timers
        self._tokens = tokens
        self._noticed = noticed
        self._waiting: dict[bytes, Command] = {}

    def ask(self, command: Mapping[str, Encodable], on_reply: OnReply, now: float) -> None:
        """Send a command. `on_reply` gets the reply, or None when there is none after 1.2 s."""
        cookie = self._tokens.next().encode()
        asked = Command(self, cookie, cookie + b" " + encode(command), on_reply, now + _PATIENCE_S)
        self._waiting[cookie] = asked
        self.send(asked, now)

    def open(self, data: bytes) -> tuple[Command, Reply] | None:
        """The command that a datagram answers, and the reply in it; None when that command is settled.

        Raises MalformedError for one that makes no sense.
        """
        cookie, _, body = data.partition(b" ")
        asked = self._waiting.get(cookie)
        if asked is None:
            return None
        reply = decode(body)
        if not isinstance(reply, dict):
            raise MalformedError("an ng reply")
        return asked, reply

    def settle(self, asked: Command, reply: Reply | None) -> None:
        """A command has its reply, or will have none."""
        del self._waiting[asked.cookie]
        asked.deadline = NEVER
        alive = reply is not None
        if self.alive != alive:
            self.alive = alive
            self._noticed(self)
        asked.on_reply(reply)

    def send(self, asked: Command, now: float) -> None:
        """Send a command for the first time, or again."""
        self._timers.arm(asked, min(now + asked.interval, asked.until))
        self._send(self.address, asked.data)


class Command(Timed):
    """A command under way."""

    __slots__ = ("cookie", "data", "engine", "interval", "on_reply", "until")

    def __init__(self, engine: Engine, cookie: bytes, data: bytes, on_reply: OnReply, until: float) -> None:
        self.deadline = NEVER
        self.engine = engine
        self.cookie = cookie
        self.data = data
        self.on_reply = on_reply
        self.interval = _FIRST_REPEAT_S
        self.until = until

    def expire(self, now: float) -> None:
        """Repeat the command, or give it up."""
        if now >= self.until:
            self.engine.settle(self, None)
        else:
            self.interval *= 2
            self.engine.send(self, now)
