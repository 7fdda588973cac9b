"""`/extensions/{id}/trace`: the SIP messages of one extension, for the minutes that a customer asks for."""

from __future__ import annotations

import re
import time
from typing import Final

from lambdas import environment
from lambdas.http import pages, request_body, resolver
from lambdas.log_level import with_switched_log_level
from lambdas.model.identifiers import uuid
from lambdas.model.trace import (
    TraceAnswer,
    TraceChange,
    TracedMessageAnswer,
    trace_answer,
    traced_message_answer,
)

_app: Final = resolver.resolver()
_extensions: Final = environment.extensions()
_switch_board: Final = environment.switch_board()
_traces: Final = environment.traces()
_AT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z#[0-9a-f]{14}")

handler = with_switched_log_level(resolver.handler_of(_app))


@_app.put("/extensions/<extension_id>/trace")
def update(extension_id: str) -> TraceAnswer:
    """Let all edges trace an extension for some time. They follow within a few seconds."""
    change = request_body.read(_app.current_event, TraceChange)
    extension = _extensions.get_alone(resolver.caller(_app), uuid(extension_id))
    now = time.time()
    until = int(now) + change.for_seconds
    _switch_board.set_trace(extension, until, now)
    return trace_answer(until, now)


@_app.get("/extensions/<extension_id>/trace")
def list_page(extension_id: str) -> pages.Page[TracedMessageAnswer]:
    """The messages that were traced in the last day, oldest first."""
    extension = _extensions.get_alone(resolver.caller(_app), uuid(extension_id))
    wanted = pages.wanted(_app.current_event.query_string_parameters, _AT)
    # An earlier extension of the same username has left messages from before.
    after = max(wanted.after_id or "", extension.began)
    found, last_at = _traces.page(extension.aor, wanted.size, after)
    return pages.page([traced_message_answer(message) for message in found], last_at)
