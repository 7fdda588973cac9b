"""The end of a session at an rtpengine, and what is told of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sip_edge.journal import Journal
from sip_edge.media.bencode import Encodable
from sip_edge.media.engine import Reply
from sip_edge.media.pool import Pool
from sip_edge.media.report import quality
from sip_edge.media.session import Session, Side

Told = Callable[[Mapping[str, float]], None]


class SessionEnd:
    """Ends sessions, and logs how the calls sounded that there were."""

    def __init__(self, pool: Pool, journal: Journal) -> None:
        self._pool = pool
        self._journal = journal

    def end(self, session: Session, call_id: str, told: Told | None, *, now: float) -> None:
        """Let the rtpengine forget a session. Of one that was a call, and not just an attempt, log a line; `told` gets
        its figures, none when the rtpengine has none."""

        def log(reply: Reply | None) -> None:
            if told is None:
                return
            figures = quality(reply, now) if reply else {}
            told(figures)
            if figures:
                self._journal.note("media", correlation_id=call_id, media_relay=session.engine, **figures)
                self._sum_up(figures)

        asked: dict[str, Encodable] = {"call-id": session.key, "from-tag": Side.CALLER, "delete-delay": 0}
        self._pool.at(session.engine).ask({"command": "delete", **asked}, log, now)

    def _sum_up(self, figures: Mapping[str, float]) -> None:
        for name, value in figures.items():
            if name.endswith("_packets"):
                self._journal.count("media_packets", int(value))
            elif name.endswith("_lost"):
                self._journal.count("media_packets_lost", int(value))
            elif name.endswith("_jitter_ms"):
                self._journal.jitters.add(value / 1000)
