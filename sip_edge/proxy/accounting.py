"""Accounting of proxied requests: counts, the log line of a call, and the events of calls for their customers."""

from __future__ import annotations

from typing import Final

from sip_edge.calls.call import Call
from sip_edge.calls.ledger import Ledger
from sip_edge.journal import Journal
from sip_edge.media.report import ReportEnd
from sip_edge.message import uri as uris
from sip_edge.message.message import NO_REQUEST, Request
from sip_edge.message.values import address

METHODS: Final = (
    *("INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "REGISTER", "PRACK", "UPDATE", "INFO", "REFER", "SUBSCRIBE"),
    *("NOTIFY", "MESSAGE"),
)


class Accounting:
    """The account of one request. `call` is the call that it begins or belongs to, None when no extension is in it.

    `caller` is the address of record that the sender of an initial request has proved, "" for none.
    """

    __slots__ = ("_began", "_is_closed", "_is_new", "_journal", "_ledger", "_request", "_source", "call", "caller")

    def __init__(self, ledger: Ledger, journal: Journal, request: Request, source: str, began: float) -> None:
        self._ledger = ledger
        self._journal = journal
        self._request = request
        self._source = source
        self._began = began
        self._is_closed = False
        self._is_new = True
        self.call: Call | None = None
        self.caller = ""

    def introduce(self, caller: str, callee: str) -> None:
        """Note that a call begins between these addresses of record, "" for an end that is none of ours."""
        self.caller = caller
        if self._request.method == "INVITE" and self.call is None and not self._is_closed:
            self.call = self._ledger.start(self._request, caller, callee, self._began)

    def belong_to(self, call: Call | None) -> None:
        """Note that the request belongs to the dialog of that call."""
        self._is_new = False
        self.call = call

    def end_report(self) -> ReportEnd:
        """A callable that reports the end of the call, which was answered."""
        return self._ledger.end_report(self.call, self._request, 200)

    def conclude(self, status: int, branches: int, now: float) -> None:
        """Note that the request has ended with that status, after that many targets. A later end changes nothing."""
        if self._is_closed:
            return
        self._is_closed = True
        method = self._request.method
        self._journal.count(f"{method.lower() if method in METHODS else 'other'}_{status}")
        if method == "INVITE" and self._is_new:  # else the call exists already, and is only changed
            self._report(status)
            self._journal.counts[f"call_{status}"] += 1
            self._journal.note(
                "call",
                correlation_id=self._request.get("call-id"),
                caller=uris.public(address(self._request.get("from"))[0]),
                callee=uris.public(address(self._request.get("to"))[0]),
                source=self._source,
                status=status,
                branches=branches,
                seconds=round(now - self._began, 1),
            )

    def let_go(self) -> None:
        """Drop the request: nothing more is reported."""
        self._request = NO_REQUEST

    def log_fault(self, error: Exception) -> None:
        """Log that a step of the request has raised."""
        self._journal.trouble("internal_error", error, correlation_id=self._request.get("call-id"))

    def _report(self, status: int) -> None:
        if self.call and status < 300:
            self._ledger.answer(self.call, self._request, status)
        else:
            self._ledger.end_report(self.call, self._request, status)({})
