"""Watching over calls: one whose sound has stopped for good is ended, as its ends may not notice themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sip_edge.journal import Journal
from sip_edge.media.engine import Reply
from sip_edge.media.pool import Pool
from sip_edge.media.report import silent_since
from sip_edge.media.session import Session
from sip_edge.media.session_end import SessionEnd, Told
from sip_edge.transaction.timers import NEVER, Timed, Timers

_LOOKS: Final = 6  # while an end is silent for as long as it may be
_MOST_MISSED: Final = 3
HangUp = Callable[[float], None]


class Watch:
    """Looks after the calls that were answered here, until they end.

    Nobody looks after a call whose edge has gone; its ends, and the session timers of those that have some, do.
    """

    def __init__(
        self,
        pool: Pool,
        ending: SessionEnd,
        timers: Timers,
        journal: Journal,
        clock: Callable[[], float],
        patience: float,
    ) -> None:
        """`patience` is for how many seconds an end that isn't on hold may be silent."""
        self._pool = pool
        self._ending = ending
        self._timers = timers
        self._journal = journal
        self._clock = clock
        self._patience = patience
        self._interval = patience / _LOOKS
        self._calls: dict[str, _Call] = {}

    def begin(self, session: Session, call_id: str, hang_up: HangUp, told: Told, now: float) -> None:
        """A call was answered: `hang_up` ends it at both ends, and `told` gets its figures then."""
        if session.key not in self._calls:
            call = self._calls[session.key] = _Call(self, session, call_id, hang_up, told)
            self._timers.arm(call, now + self._interval)

    def end(self, session: Session) -> None:
        """The call is over."""
        call = self._calls.pop(session.key, None)
        if call:
            call.deadline = NEVER

    def look(self, call: _Call, now: float) -> None:
        """Ask how a call is."""
        asked = {"command": "query", "call-id": call.session.key}
        self._pool.at(call.session.engine).ask(asked, lambda reply: self._on_report(call, reply), now)

    def _on_report(self, call: _Call, reply: Reply | None) -> None:
        if call.session.key not in self._calls:
            return
        now = self._clock()
        call.missed = call.missed + 1 if reply is None else 0
        if call.missed >= _MOST_MISSED or (reply is not None and self._has_stopped(reply, now)):
            self.end(call.session)
            self._journal.note(
                "media_stopped", correlation_id=call.call_id, media_relay=call.session.engine, lost=reply is None
            )
            call.hang_up(now)
            self._ending.end(call.session, call.call_id, call.told, now=now)
        else:
            self._timers.arm(call, now + self._interval)

    def _has_stopped(self, reply: Reply, now: float) -> bool:
        """Whether the session is gone, or one of its ends can't be heard any more."""
        if reply.get("result") != b"ok":
            return True
        since = silent_since(reply)
        return since is not None and now - since > self._patience


class _Call(Timed):
    """A call that is looked after."""

    __slots__ = ("_watch", "call_id", "hang_up", "missed", "session", "told")

    def __init__(self, watch: Watch, session: Session, call_id: str, hang_up: HangUp, told: Told) -> None:
        self.deadline = NEVER
        self._watch = watch
        self.session = session
        self.call_id = call_id
        self.hang_up = hang_up
        self.told = told
        self.missed = 0

    def expire(self, now: float) -> None:
        """It is time to look."""
        self._watch.look(self, now)
