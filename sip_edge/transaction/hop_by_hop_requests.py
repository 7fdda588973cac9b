"""Makes the requests that a client transaction sends to its next hop alone: ACK and CANCEL of an INVITE."""

from __future__ import annotations

from collections.abc import Sequence

from sip_edge.message.message import Request, Response
from sip_edge.message.reason import add_reasons
from sip_edge.message.sanity import cseq


def ack_of(invite: Request, response: Response) -> bytes:
    """Returns the ACK to a final response other than 2xx (RFC 3261 §17.1.1.3)."""
    return _derive(invite, "ACK", response.line("to")).encode()


def cancel_of(invite: Request, reasons: Sequence[str]) -> Request:
    """Returns the CANCEL of an INVITE (RFC 3261 §9.1). `reasons` are the lines that say why (RFC 3326)."""
    cancel = _derive(invite, "CANCEL", invite.line("to"))
    add_reasons(cancel, reasons)
    return cancel


def _derive(invite: Request, method: str, to: str) -> Request:
    names = ["via", "max-forwards", "from", "to", "call-id", "cseq"]
    lines = [
        invite.line("via"),
        "Max-Forwards: 70",
        invite.line("from"),
        to,
        invite.line("call-id"),
        f"CSeq: {cseq(invite)[0]} {method}",
    ]
    for name, line in zip(invite.names, invite.lines, strict=True):
        if name == "route":
            names.append(name)
            lines.append(line)
    names.append("content-length")
    lines.append("Content-Length: 0")
    return Request(f"{method} {invite.uri} SIP/2.0", names, lines, b"", method, invite.uri)
