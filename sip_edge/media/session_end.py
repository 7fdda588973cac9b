"""The end of a session at an rtpengine, and its log line."""

from __future__ import annotations

from collections.abc import Mapping

from sip_edge.journal import Journal
from sip_edge.media.bencode import Encodable
from sip_edge.media.engine import Reply
from sip_edge.media.pool import Pool
from sip_edge.media.report import ReportEnd, quality
from sip_edge.media.session import Session, Side


class SessionEnd:
    """Ends sessions, and logs the media quality of those that were calls."""

    def __init__(self, pool: Pool, journal: Journal) -> None:
        self._pool = pool
        self._journal = journal

    def end(self, session: Session, call_id: str, report_end: ReportEnd | None, *, now: float) -> None:
        """Let the rtpengine forget a session. A session that was a call, and not just an attempt, gets a log line.

        `report_end` gets its figures, none when the rtpengine has none.
        """

        def on_deleted(reply: Reply | None) -> None:
            if report_end is None:
                return
            figures = quality(reply, now) if reply else {}
            report_end(figures)
            if figures:
                self._journal.note("media", correlation_id=call_id, media_relay=session.engine, **figures)
                self._sum_up(figures)

        asked: dict[str, Encodable] = {"call-id": session.key, "from-tag": Side.CALLER, "delete-delay": 0}
        self._pool.at(session.engine).ask({"command": "delete", **asked}, on_deleted, now)

    def _sum_up(self, figures: Mapping[str, float]) -> None:
        for name, value in figures.items():
            if name.endswith("_packets"):
                self._journal.count("media_packets", int(value))
            elif name.endswith("_lost"):
                self._journal.count("media_packets_lost", int(value))
            elif name.endswith("_jitter_ms"):
                self._journal.jitters.add(value / 1000)
