"""Counts the events of an edge, and logs each as one line (`process.json_lines`).

Every line that the edge logs is made here, out of fields that can't be secret. A line about one registration or call
carries its Call-ID as `correlation_id`. By it the line is found in the phone's own log, the attempts and the binding.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

from directory.edge.distribution import Distribution

_log: Final = logging.getLogger("sip_edge")


class Journal:
    """Counts outcomes, and logs those that change something or refuse a request."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        # Seconds from an accepted REGISTER with credentials to its answer.
        self.answer_times = Distribution()
        self.jitters = Distribution()
        # The most seconds by which another edge's clock was ahead since the last `take_clock_skew`.
        self.clock_skew = 0.0

    def take_clock_skew(self) -> float:
        """Returns the greatest clock skew since the last call, in seconds."""
        taken, self.clock_skew = self.clock_skew, 0.0
        return taken

    def note(self, event: str, **fields: object) -> None:
        """Counts and logs an event that an operator may want to see later."""
        self.counts[event] += 1
        if _log.isEnabledFor(logging.INFO):
            _log.info(event, extra={"fields": fields})

    def detail(self, event: str, fields: Callable[[], Mapping[str, object]]) -> None:
        """Counts a frequent event. Its line is made and logged at the level DEBUG alone."""
        self.counts[event] += 1
        if _log.isEnabledFor(logging.DEBUG):
            _log.debug(event, extra={"fields": fields()})

    def count(self, event: str, times: int = 1) -> None:
        """Counts an event that is too frequent for a line with fields."""
        self.counts[event] += times
        if _log.isEnabledFor(logging.DEBUG):
            _log.debug(event)

    def trouble(self, event: str, error: BaseException | None = None, **fields: object) -> None:
        """Counts and logs an event that an operator should look into, and the place of its error."""
        self.counts[event] += 1
        _log.warning(event, extra={"fields": fields}, exc_info=error)
