"""Responses that the edge makes itself (RFC 3261 §8.2.6)."""

from __future__ import annotations

import re
from typing import Final

from directory.version import VERSION
from sip_edge.message.errors import MalformedError
from sip_edge.message.message import Request

# Tells the answers of the edge from those of a callee (RFC 3261 §20.35). A 100, challenges, and responses without a
# transaction leave it out: they are frequent, and stay below three times the bytes of a short request.
SERVER: Final = f"Server: sip-extensions/{VERSION}"
_COPIED: Final = frozenset(("via", "from", "to", "call-id", "cseq"))
_TAG: Final = re.compile(r";\s*+tag\s*+=", re.IGNORECASE)
_QUOTED: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL)


def reply(request: Request, status: str, to_tag: str, *headers: str) -> bytes:
    """A response to a request, with its Via, From, To, Call-ID and CSeq lines copied as they came.

    `status` is code and reason phrase, and `headers` are further lines. `to_tag` is added to a To that has no tag yet,
    "" adds none, as for a 100. Of a request that lacks some of these lines, the others are copied. By the Via its
    sender knows the response (§17.1.3). Raises MalformedError when it is missing.
    """
    names, lines = request.names, request.lines
    head = [f"SIP/2.0 {status}"]
    head += [lines[i] for i, name in enumerate(names) if name == "via"]
    try:
        head.append(lines[names.index("from")])
        to = lines[names.index("to")]
        head.append(f"{to};tag={to_tag}" if to_tag and not _has_tag(to) else to)
        head.append(lines[names.index("call-id")])
        head.append(lines[names.index("cseq")])
    except ValueError:
        head[1:] = [line for name, line in zip(names, lines, strict=True) if name in _COPIED]
    if "via" not in names:
        raise MalformedError("a request that can't be answered")
    head += headers
    head.append("Content-Length: 0\r\n\r\n")
    return "\r\n".join(head).encode("utf-8", "surrogateescape")


def _has_tag(to: str) -> bool:
    """Whether a To line has a tag behind its URI. Brackets and parameters in quotes are none."""
    bare = _QUOTED.sub("", to) if '"' in to else to
    return _TAG.search(bare, bare.rfind(">") + 1) is not None
