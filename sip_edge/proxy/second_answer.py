"""A second device has answered a call that another one has won: it is thanked and sent off.

RFC 3261 §16.7 would have the caller do that. Many callers don't, and the device would think itself in a call until it
gives up.
"""

from __future__ import annotations

from sip_edge.message.message import Request, Response
from sip_edge.message.sanity import cseq
from sip_edge.message.values import address


def acknowledgement(invite: Request, response: Response, recorded: str) -> Request:
    """The ACK to a 2xx (RFC 3261 §13.2.2.4). `recorded` is our own Record-Route value in it."""
    return _in_dialog("ACK", cseq(invite)[0], invite, response, recorded)


def farewell(invite: Request, response: Response, recorded: str) -> Request:
    """The BYE that ends what the 2xx began (RFC 3261 §15.1.1)."""
    return _in_dialog("BYE", cseq(invite)[0] + 1, invite, response, recorded)


def _in_dialog(method: str, number: int, invite: Request, response: Response, recorded: str) -> Request:
    uri = address(response.get("contact"))[0]
    names = ["max-forwards", "from", "to", "call-id", "cseq", "content-length"]
    lines = [
        "Max-Forwards: 70",
        invite.line("from"),
        response.line("to"),
        invite.line("call-id"),
        f"CSeq: {number} {method}",
        "Content-Length: 0",
    ]
    beyond = _routes_beyond(response, recorded)
    if beyond:
        names.append("route")
        lines.append(f"Route: {', '.join(beyond)}")
    return Request(f"{method} {uri} SIP/2.0", names, lines, b"", method, uri)


def _routes_beyond(response: Response, recorded: str) -> list[str]:
    """The proxies between us and the device: what stands above our own value, the nearest last."""
    values = response.values("record-route")
    return list(reversed(values[: values.index(recorded)])) if recorded in values else []
