"""Formats log records as lines of JSON on stdout, where the container's runtime collects them."""

from __future__ import annotations

import json
import logging
import sys
import time
from typing import Final

_log: Final = logging.getLogger("sip_edge")


class JsonLines(logging.Formatter):
    """Formats a record, and the fields that came with it, as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Returns the line."""
        fields: dict[str, object] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            # The place of the error alone: variables and the exception's text may hold a credential.
            kind, _, trace = record.exc_info
            fields["error"] = kind.__name__ if kind else ""
            frames = []
            while trace:
                frames.append(f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}")
                trace = trace.tb_next
            fields["trace"] = frames
        return json.dumps(fields)


def log_to_stdout(level: str) -> None:
    """Sends everything that is logged in this process to stdout as lines of JSON."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    _log.setLevel(level)


def set_level(level: str) -> None:
    """Logs from this level on."""
    _log.setLevel(level)
