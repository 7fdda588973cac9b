"""Collects the messages of traced extensions, and stores them beside the way of the messages.

A traced extension may be flooded. So its time, its messages, and those that are not stored yet have limits. Messages
beyond a limit are dropped and counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from secrets import token_hex
from typing import Final, Protocol

from directory.schema.records import Direction, TracedMessage
from directory.schema.timestamps import precise_timestamp
from sip_edge.journal import Journal
from sip_edge.location.domains import Domains
from sip_edge.message.errors import MalformedError
from sip_edge.message.message import Message, parse
from sip_edge.trace.message_owner import owners
from sip_edge.trace.redaction import redacted
from sip_edge.transport.flow import Flow

MOST_MESSAGES: Final = 1000
MOST_UNWRITTEN: Final = 500


class TraceStore(Protocol):
    """The store of traced messages (`directory.edge.trace_writer.TraceWriter`)."""

    def write(self, message: TracedMessage, then: Callable[[bool], None]) -> None:
        """Stores a message. `then` gets later whether it is stored."""


class _Trace:
    """The trace of one extension: `left` more messages until a time in seconds since the epoch."""

    __slots__ = ("left", "until")

    def __init__(self, until: int) -> None:
        self.until = until
        self.left = MOST_MESSAGES


class Traces:
    """The traces of an edge. `wanted` is empty while no extension is traced. The way of a message checks that alone."""

    __slots__ = ("_clock", "_directs", "_domains", "_journal", "_mark", "_serial", "_store", "_unwritten", "wanted")

    def __init__(self, store: TraceStore, domains: Domains, journal: Journal, clock: Callable[[], float]) -> None:
        self._store = store
        self._domains = domains
        self._journal = journal
        self._clock = clock
        self._mark = token_hex(3)  # another one on each edge
        self._serial = 0
        self._unwritten = 0
        self._directs: Mapping[str, str] = {}
        self.wanted: dict[str, _Trace] = {}

    def follow(self, switched: Mapping[str, int], directs: Mapping[str, str]) -> None:
        """Traces these addresses of record, each until its time in seconds since the epoch, and no others.

        `directs` has those that are reached by direct hashes, too.
        """
        now = self._clock()
        before = self.wanted.keys()
        self._directs = directs
        self.wanted = {aor: self._going_on(aor, until) for aor, until in switched.items() if until > now}
        if self.wanted.keys() != before:
            self._journal.note("tracing", addresses=sorted(self.wanted))

    def received(self, data: bytes, flow: Flow) -> None:
        """See Tracer."""
        self._note("received", data, flow)

    def sent(self, data: bytes, flow: Flow) -> None:
        """See Tracer."""
        self._note("sent", data, flow)

    def _going_on(self, aor: str, until: int) -> _Trace:
        known = self.wanted.get(aor)
        return known if known and known.until == until else _Trace(until)

    def _note(self, direction: Direction, data: bytes, flow: Flow) -> None:
        """Stores a message for each traced address that it belongs to. A fault in it does not end the message's way."""
        try:
            message = parse(data)
        except MalformedError:  # a keepalive, or no SIP
            return
        try:
            for aor in owners(message, direction, self.wanted, self._directs, self._domains):
                self._write(aor, direction, message, flow)
        except Exception as error:
            self._journal.trouble("internal_error", error, source=flow.source)

    def _write(self, aor: str, direction: Direction, message: Message, flow: Flow) -> None:
        trace, now = self.wanted[aor], self._clock()
        if trace.until <= now:
            return
        if not trace.left or self._unwritten >= MOST_UNWRITTEN:
            self._journal.count("traced_dropped")
            return
        trace.left -= 1
        self._serial += 1
        self._unwritten += 1
        at = f"{precise_timestamp(now)}#{self._serial:08x}{self._mark}"
        traced = TracedMessage(aor, at, direction, flow.source, flow.transport, redacted(message))
        self._store.write(traced, self._on_written)

    def _on_written(self, stored: bool) -> None:
        self._unwritten -= 1
        if not stored:
            self._journal.count("traced_dropped")
