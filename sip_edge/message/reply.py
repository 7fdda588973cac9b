"""Responses that the edge makes itself (RFC 3261 §8.2.6)."""

from __future__ import annotations

from sip_edge.message.errors import MalformedError
from sip_edge.message.message import Request


def reply(request: Request, status: str, to_tag: str, *headers: str) -> bytes:
    """A response to a request, with its Via, From, To, Call-ID and CSeq lines copied as they came.

    `status` is code and reason phrase, `to_tag` is added to a To that has no tag yet ("" adds none: a 100),
    `headers` are further lines. Raises MalformedError when the request lacks what a response is made of.
    """
    names, lines = request.names, request.lines
    head = [f"SIP/2.0 {status}"]
    head += [lines[i] for i, name in enumerate(names) if name == "via"]
    try:
        head.append(lines[names.index("from")])
        to = lines[names.index("to")]
        head.append(f"{to};tag={to_tag}" if to_tag and "tag=" not in to.lower().rpartition(">")[2] else to)
        head.append(lines[names.index("call-id")])
        head.append(lines[names.index("cseq")])
    except ValueError:
        raise MalformedError("a request that can't be answered") from None
    head += headers
    head.append("Content-Length: 0\r\n\r\n")
    return "\r\n".join(head).encode("utf-8", "surrogateescape")
