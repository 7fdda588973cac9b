"""What happened at the edge: counted, and logged as one JSON line each.

Every line that the edge logs is made here, out of fields that can't be secret. What belongs to one registration or call
carries its Call-ID as `correlation_id`: so it is found in the phone's own log, in the attempts and in the binding.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

from directory.edge.distribution import Distribution

_log: Final = logging.getLogger("sip_edge")


class JsonLines(logging.Formatter):
    """Formats a record, and the fields that came with it, as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        fields: dict[str, object] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            # Where it happened, and not what was in the variables or the exception's text: that may be a credential.
            kind, _, trace = record.exc_info
            fields["error"] = kind.__name__ if kind else ""
            frames = []
            while trace:
                frames.append(f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}")
                trace = trace.tb_next
            fields["trace"] = frames
        return json.dumps(fields)


def log_to_stdout(level: str) -> None:
    """Let everything that is logged in this process go to stdout as lines of JSON."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    _log.setLevel(level)


def set_level(level: str) -> None:
    """Log from this level on, until told otherwise."""
    _log.setLevel(level)


class Journal:
    """Counts outcomes, and logs those that change something or refuse somebody."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        # How long phones have waited for the answer to an accepted REGISTER with credentials.
        self.answer_times = Distribution()
        self.jitters = Distribution()
        # By how many seconds other edges' clocks were ahead of this one's, at most, since that was last told.
        self.clock_skew = 0.0

    def take_clock_skew(self) -> float:
        """Returns the greatest clock skew since the last call, in seconds."""
        taken, self.clock_skew = self.clock_skew, 0.0
        return taken

    def note(self, event: str, **fields: object) -> None:
        """Something that an operator may want to see later."""
        self.counts[event] += 1
        if _log.isEnabledFor(logging.INFO):
            _log.info(event, extra={"fields": fields})

    def detail(self, event: str, fields: Callable[[], Mapping[str, object]]) -> None:
        """Something frequent, whose line is made only for those who ask for it."""
        self.counts[event] += 1
        if _log.isEnabledFor(logging.DEBUG):
            _log.debug(event, extra={"fields": fields()})

    def count(self, event: str, times: int = 1) -> None:
        """Something too frequent for a line of its own."""
        self.counts[event] += times
        if _log.isEnabledFor(logging.DEBUG):
            _log.debug(event)

    def trouble(self, event: str, error: BaseException | None = None, **fields: object) -> None:
        """Something that an operator should look into, and where an error happened."""
        self.counts[event] += 1
        _log.warning(event, extra={"fields": fields}, exc_info=error)
