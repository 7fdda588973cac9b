"""The trace of an extension, as the API takes and gives it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from directory.schema.records import Direction, TracedMessage
from directory.schema.timestamps import timestamp
from lambdas.model import Model

_LONGEST_S = 900


class TraceChange(Model):
    """The body that lets the edges trace an extension for so many seconds; 0 ends it."""

    for_seconds: Annotated[int, Field(ge=0, le=_LONGEST_S)]


class TraceAnswer(TypedDict):
    """The time until which an extension is traced, "" when it is not."""

    tm_until: str


class TracedMessageAnswer(TypedDict):
    """A SIP message of an extension as an edge received or sent it, without its secrets.

    `time` is like `2024-01-15T10:30:00.123Z`. `source` is the `host:port` at the other end, also of a message that was
    sent there. The parts that are left out of `text` show as `[redacted]`.
    """

    time: str
    direction: Direction
    source: str
    transport: str
    text: str


def trace_answer(until: int, now: float) -> TraceAnswer:
    """The answer that shows until when an extension is traced."""
    return {"tm_until": timestamp(until) if until > now else ""}


def traced_message_answer(message: TracedMessage) -> TracedMessageAnswer:
    """The answer that shows a message."""
    return {
        "time": message.time,
        "direction": message.direction,
        "source": message.source,
        "transport": message.transport,
        "text": message.text,
    }
