"""What is told of a relayed request: it is counted, logged, and of a call its customers are told."""

from __future__ import annotations

from typing import Final

from sip_edge.calls.call import Call
from sip_edge.calls.ledger import Ledger, Told
from sip_edge.journal import Journal
from sip_edge.message import uri as uris
from sip_edge.message.message import NO_REQUEST, Request
from sip_edge.message.values import address

METHODS: Final = (
    *("INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "REGISTER", "PRACK", "UPDATE", "INFO", "REFER", "SUBSCRIBE"),
    *("NOTIFY", "MESSAGE"),
)


class Accounting:
    """Of one request. `call` is whose call it begins or belongs to, None when no extension takes part in one.

    `caller` is the address of record that the sender of a request that begins something has proved, "" for none.
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
        """Tell that a call begins between these addresses of record, "" for an end that is none of ours."""
        self.caller = caller
        if self._request.method == "INVITE" and not self._is_closed:
            self.call = self._ledger.start(self._request, caller, callee, self._began)

    def belong_to(self, call: Call | None) -> None:
        """Tell that the request is one of a dialog, and that of that call."""
        self._is_new = False
        self.call = call

    def ending(self) -> Told:
        """What tells that the call, which was answered, is over."""
        return self._ledger.ending(self.call, self._request, 200)

    def conclude(self, status: int, branches: int, now: float) -> None:
        """The request has ended with that status, after it was sent to so many targets. What comes later is no news."""
        if self._is_closed:
            return
        self._is_closed = True
        method = self._request.method
        self._journal.count(f"{method.lower() if method in METHODS else 'other'}_{status}")
        if method == "INVITE" and self._is_new:  # else the call is there already, and is only changed
            self._tell(status)
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
        """There is nothing more to tell: hold on to no request."""
        self._request = NO_REQUEST

    def _tell(self, status: int) -> None:
        if self.call and status < 300:
            self._ledger.answer(self.call, self._request, status)
        else:
            self._ledger.ending(self.call, self._request, status)({})
