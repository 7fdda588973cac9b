"""Requests of the edge's own within the dialog of two ends, to end a call.

A device that answers after another one has won gets an ACK and a BYE. RFC 3261 §16.7 leaves these to the caller. Many
callers send none, and such a device would stay in a call until it gives up. A call whose media have stopped is ended
at both ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from sip_edge.message import uri as uris
from sip_edge.message.errors import MalformedError
from sip_edge.message.message import Message, Request, Response
from sip_edge.message.reason import add_reasons
from sip_edge.message.sanity import cseq
from sip_edge.message.values import address, first_value
from sip_edge.proxy.dialog.record_route import echoed_token
from sip_edge.transaction.client import IgnoreOutcome
from sip_edge.transaction.layer import Transactions
from sip_edge.transport.flow import Flow

_LAST_NUMBER: Final = 2**31 - 1  # above every number of the ends, which are not known here (§12.2.2)


def acknowledgement(invite: Request, response: Response, recorded: str, device: str) -> Request:
    """The ACK to a 2xx (RFC 3261 §13.2.2.4).

    `recorded` is our own Record-Route value in it. `device` is the URI of the forwarded INVITE.
    """
    return _in_dialog("ACK", cseq(invite)[0], invite, response, recorded, device)


def farewell(invite: Request, response: Response, recorded: str, device: str, reasons: Sequence[str]) -> Request:
    """The BYE that ends what the 2xx began (RFC 3261 §15.1.1). `reasons` are the header lines that say why.

    See `acknowledgement` for the rest.
    """
    bye = _in_dialog("BYE", cseq(invite)[0] + 1, invite, response, recorded, device)
    add_reasons(bye, reasons)
    return bye


def byes_to_both_ends(
    invite: Request, response: Response, recorded: str, device: str, caller: Flow, callee: Flow
) -> list[tuple[Request, Flow]]:
    """The BYEs that end an answered call, each with its flow.

    They are made out of the INVITE and the 2xx as it came. A caller without a readable Contact or Record-Route gets
    none: nothing leads to it.
    """
    byes = [(_in_dialog("BYE", _LAST_NUMBER, invite, response, recorded, device), callee)]
    with suppress(MalformedError):
        byes.insert(0, (_to_caller(invite, response), caller))
    return byes


class CallEnd:
    """Ends an answered call at both ends."""

    __slots__ = ("_byes", "_transactions")

    def __init__(self, transactions: Transactions, byes: list[tuple[Request, Flow]]) -> None:
        self._transactions = transactions
        self._byes = byes

    def __call__(self, now: float) -> None:
        """Send the BYEs."""
        for bye, flow in self._byes:
            self._transactions.ask(bye, flow, IgnoreOutcome(), now)


def _to_caller(invite: Request, response: Response) -> Request:
    """A BYE in the callee's name (RFC 3261 §12.2.1.1): From and To change places. Raises MalformedError."""
    lines = [
        "Max-Forwards: 70",
        f"From: {response.get('to')}",
        f"To: {response.get('from')}",
        invite.line("call-id"),
        f"CSeq: {_LAST_NUMBER} BYE",
        "Content-Length: 0",
    ]
    return _request("BYE", _remote_target(invite), lines, invite.values("record-route"))


def _in_dialog(method: str, number: int, invite: Request, response: Response, recorded: str, device: str) -> Request:
    lines = [
        "Max-Forwards: 70",
        invite.line("from"),
        response.line("to"),
        invite.line("call-id"),
        f"CSeq: {number} {method}",
        "Content-Length: 0",
    ]
    try:
        uri = _remote_target(response)
    except MalformedError:
        uri = device
    return _request(method, uri, lines, _routes_beyond(response, recorded))


def _request(method: str, uri: str, lines: list[str], route: list[str]) -> Request:
    names = ["max-forwards", "from", "to", "call-id", "cseq", "content-length"]
    if route:
        names.append("route")
        lines.append(f"Route: {', '.join(route)}")
    return Request(f"{method} {uri} SIP/2.0", names, lines, b"", method, uri)


def _remote_target(message: Message) -> str:
    """The URI that later requests of a dialog go to (RFC 3261 §12.1). Raises MalformedError when there is none."""
    uri = uris.without_headers(address(first_value(message.get("contact"))[0])[0])
    uris.parse(uri)
    return uri


def _routes_beyond(response: Response, recorded: str) -> list[str]:
    """The proxies between us and the device: the values above our own, the nearest last.

    There are none when the header can't be read.
    """
    try:
        values = response.values("record-route")
    except MalformedError:
        return []
    for i, value in enumerate(values):
        if echoed_token(value, recorded):
            return list(reversed(values[:i]))
    return []
