"""The steps of calls as their customers see them, written to a store beside the way of the messages.

Nothing is kept here. A step that can't be written is dropped and counted: no call waits for it or fails over it.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2s
from typing import Final, NamedTuple, Protocol

from directory.schema.model import customer_of
from directory.schema.records import CallDirection, CallStep, Step
from directory.schema.timestamps import timestamp
from sip_edge.calls.call import Call
from sip_edge.journal import Journal
from sip_edge.location.domains import Domains
from sip_edge.media.report import Figures, ReportEnd
from sip_edge.media.session import Side
from sip_edge.message import uri as uris
from sip_edge.message.errors import MalformedError
from sip_edge.message.message import Request
from sip_edge.message.values import address, printable

_LONGEST: Final = 255  # of text from strangers, so that a step stays within one write unit
_LONGEST_CALL_ID: Final = 128


class CallStore(Protocol):
    """The store of steps (`directory.edge.call_writer.CallWriter`)."""

    def write(self, step: CallStep, then: Callable[[bool], None]) -> None:
        """Store a step. The outcome, which comes later, is whether it is stored."""


class _Ends(NamedTuple):
    """A call's ends as their own headers have them, and its Call-ID."""

    call_id: str
    caller: str
    callee: str


class Ledger:
    """Writes the steps of calls; none when there is no store."""

    def __init__(self, store: CallStore | None, domains: Domains, journal: Journal, clock: Callable[[], float]) -> None:
        self._store = store
        self._domains = domains
        self._journal = journal
        self._clock = clock

    def start(self, invite: Request, caller: str, callee: str, began: float) -> Call | None:
        """A call begins: between these addresses of record, "" for an end that is no extension.

        None when neither end is one.
        """
        if not (caller or callee):
            return None
        call = Call(int(began), caller, callee)
        self._write("started", call, self._ends(call, invite), 0, {})
        return call

    def answer(self, call: Call, invite: Request, status: int) -> None:
        """The call was answered."""
        self._write("answered", call, self._ends(call, invite), status, {})

    def end_report(self, call: Call | None, request: Request, status: int) -> ReportEnd:
        """A callable that reports the end of the call, with the figures of its media.

        `request` is the INVITE that failed with that status, or any request within the call.
        """
        if call is None:
            return _report_nothing
        found, ends = call, self._ends(call, request)
        return lambda figures: self._write("ended", found, ends, status, figures)

    def _ends(self, call: Call, request: Request) -> _Ends:
        sender, receiver = (_public(request.get(name)) for name in ("from", "to"))
        caller, callee = (sender, receiver) if call.sender is Side.CALLER else (receiver, sender)
        if not call.caller and self._claims_to_be_ours(caller):
            caller = ""  # a caller within a call is asked for no proof
        return _Ends(printable(request.get("call-id"))[:_LONGEST_CALL_ID], caller, callee)

    def _claims_to_be_ours(self, uri: str) -> bool:
        try:
            return self._domains.is_ours(uris.parse(uri).host)
        except MalformedError:
            return False

    def _write(self, step: Step, call: Call, ends: _Ends, status: int, figures: Figures) -> None:
        if self._store is None:
            return
        call_hash = blake2s(ends.call_id.encode(), digest_size=8).hexdigest()
        customers = dict.fromkeys(customer_of(aor) for aor in (call.callee, call.caller) if aor)
        for customer_id in customers:
            direction = _direction(call, customer_id)
            self._store.write(
                CallStep(
                    customer_id=customer_id,
                    at=f"{timestamp(call.began)}#{call_hash}#{step}",
                    step=step,
                    call_id=ends.call_id,
                    direction=direction,
                    # Another customer's extension is shown as it was dialled, or as it calls itself.
                    caller=ends.caller if direction == "inbound" else self._domains.address(call.caller),
                    callee=ends.callee if direction == "outbound" else self._domains.address(call.callee),
                    status=status,
                    seconds=max(0, int(self._clock()) - call.began),
                    media=figures,
                ),
                self._on_written,
            )

    def _on_written(self, stored: bool) -> None:
        if not stored:
            self._journal.count("call_events_dropped")


def _direction(call: Call, customer_id: str) -> CallDirection:
    if not call.caller or customer_of(call.caller) != customer_id:
        return "inbound"
    return "internal" if call.callee and customer_of(call.callee) == customer_id else "outbound"


def _public(header: str) -> str:
    return printable(uris.public(address(header)[0]))[:_LONGEST]


def _report_nothing(_: Figures) -> None:
    pass
