"""The watch over anchored calls.

It ends a call whose media have stopped permanently, as the ends of the call may not notice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sip_edge.journal import Journal
from sip_edge.media.engine import Reply
from sip_edge.media.pool import Pool
from sip_edge.media.report import ReportEnd, silent_since
from sip_edge.media.session import Session
from sip_edge.media.session_end import SessionEnd
from sip_edge.transaction.timers import NEVER, Timed, Timers

_LOOKS: Final = 6  # in the time that an end may be silent
_MOST_MISSED: Final = 3
HangUp = Callable[[float], None]


class Watch:
    """Watches the calls that were answered at this edge, until they end.

    A call whose edge has gone is not watched. Its ends may notice, or their session timers.
    """

    def __init__(
        self,
        pool: Pool,
        ending: SessionEnd,
        timers: Timers,
        journal: Journal,
        clock: Callable[[], float],
        patience_s: float,
    ) -> None:
        """An end that isn't on hold may be silent for `patience_s` seconds."""
        self._pool = pool
        self._ending = ending
        self._timers = timers
        self._journal = journal
        self._clock = clock
        self._patience_s = patience_s
        self._interval = patience_s / _LOOKS
        self._calls: dict[str, _Call] = {}

    def begin(self, session: Session, call_id: str, hang_up: HangUp, report_end: ReportEnd, now: float) -> None:
        """Watch a call that was answered: `hang_up` ends it at both ends, and `report_end` gets its figures then."""
        if session.key not in self._calls:
            call = self._calls[session.key] = _Call(self, session, call_id, hang_up, report_end)
            self._timers.arm(call, now + self._interval)

    def end(self, session: Session) -> None:
        """Stop watching: the call is over."""
        call = self._calls.pop(session.key, None)
        if call:
            call.deadline = NEVER

    def look(self, call: _Call, now: float) -> None:
        """Ask the rtpengine for a call."""
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
            self._ending.end(call.session, call.call_id, call.report_end, now=now)
        else:
            self._timers.arm(call, now + self._interval)

    def _has_stopped(self, reply: Reply, now: float) -> bool:
        """Whether the session is gone, or one of its ends can't be heard any more."""
        if reply.get("result") != b"ok":
            return True
        since = silent_since(reply)
        return since is not None and now - since > self._patience_s


class _Call(Timed):
    """A call under watch."""

    __slots__ = ("_watch", "call_id", "hang_up", "missed", "report_end", "session")

    def __init__(self, watch: Watch, session: Session, call_id: str, hang_up: HangUp, report_end: ReportEnd) -> None:
        self.deadline = NEVER
        self._watch = watch
        self.session = session
        self.call_id = call_id
        self.hang_up = hang_up
        self.report_end = report_end
        self.missed = 0

    def expire(self, now: float) -> None:
        """Look at the call."""
        self._watch.look(self, now)
