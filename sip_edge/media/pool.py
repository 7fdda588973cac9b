"""The pool of rtpengines: the choice of one for each call, and a watch over those that answer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final

from sip_edge.journal import Journal
from sip_edge.media.engine import Engine, Reply
from sip_edge.message.errors import MalformedError
from sip_edge.transaction.timers import NEVER, Timed, Timers
from sip_edge.transaction.tokens import Tokens

_PING_S: Final = 2.0


def _none(now: float) -> Iterable[str]:
    return ()


class Pool(Timed):
    """Gives calls to this edge's rtpengines by turns, except to those that don't answer a ping every two seconds.

    When none of them takes a call, one beside another edge gets it. Such an rtpengine comes last, because it has calls
    of its own edge. The sound also takes the way through another zone then. Such an rtpengine is pinged while none of
    this edge's answers, and while it is known to be dead. A call of another edge may be at an rtpengine outside of the
    pool, known by its address.
    """

    def __init__(
        self,
        addresses: Sequence[str],
        send: Callable[[str, bytes], None],
        timers: Timers,
        journal: Journal,
        now: float,
        peers: Callable[[float], Iterable[str]] = _none,
    ) -> None:
        """`addresses` are `host:port`; `send` takes such an address and a datagram.

        `peers` tells for a time in seconds the addresses of the rtpengines beside the other edges that are up.
        """
        self.deadline = NEVER
        self._send = send
        self._timers = timers
        self._tokens = Tokens()
        self._journal = journal
        self._engines = {address: self._new(address) for address in addresses}
        self._peers = peers
        self.ours = list(self._engines.values())
        self._theirs: list[Engine] = []
        self._turn = 0
        if self.ours:
            timers.arm(self, now)

    def __bool__(self) -> bool:
        """Whether calls can be given to any."""
        return bool(self.ours)

    @property
    def away(self) -> int:
        """The number of this edge's own rtpengines that do not answer."""
        return sum(not engine.alive for engine in self.ours)

    def next(self, but: Collection[str] = ()) -> Engine | None:
        """The rtpengine for the next call, at none of the addresses in `but`; None when there is no other one."""
        self._turn += 1
        for engines in (self.ours, self._theirs):
            ready = [engine for engine in engines if engine.alive and engine.address not in but]
            if ready:
                if engines is self._theirs:
                    self._journal.count("media_relay_borrowed")
                return ready[self._turn % len(ready)]
        return None

    def at(self, address: str) -> Engine:
        """The rtpengine of that address."""
        if address not in self._engines:
            self._engines[address] = self._new(address)
        return self._engines[address]

    def receive(self, data: bytes, address: str) -> None:
        """A datagram has come from an address."""
        engine = self._engines.get(address)
        if engine is None:
            self._journal.count("dropped_stray_media_reply")
            return
        try:
            answered = engine.open(data)
        except MalformedError:
            self._journal.count("dropped_malformed_media_reply")
            return
        if answered is None:
            return  # a reply that came twice, or too late
        try:
            engine.settle(*answered)
        except Exception as error:
            self._journal.trouble("internal_error", error, media_relay=address)

    def expire(self, now: float) -> None:
        """Send the next pings."""
        self._theirs = [self.at(address) for address in self._peers(now)]
        has_own = any(engine.alive for engine in self.ours)
        for engine in (*self.ours, *(e for e in self._theirs if not (has_own and e.alive))):
            engine.ask({"command": "ping"}, _ignore, now)
        self._timers.arm(self, now + _PING_S)

    def _new(self, address: str) -> Engine:
        return Engine(address, self._send, self._timers, self._tokens, self._noticed)

    def _noticed(self, engine: Engine) -> None:
        if engine not in self.ours:
            self._journal.count("media_relay_elsewhere")  # its own edge logs it, if there is one left
        elif engine.alive:
            self._journal.note("media_relay_back", media_relay=engine.address)
        else:
            self._journal.trouble("media_relay_lost", media_relay=engine.address)


def _ignore(reply: Reply | None) -> None:
    """The engine has noticed already whether a reply came."""
