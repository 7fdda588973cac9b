"""What every request undergoes on its way through (RFC 3261 §16.6)."""

from __future__ import annotations

from typing import Final

from sip_edge.message.message import Request

_OUR_SHARE: Final = 200  # about what our Via and Record-Route add


def size_of(request: Request) -> int:
    """About how many bytes a request will have when it goes out."""
    return len(request.body) + sum(len(line) + 2 for line in request.lines) + len(request.start) + _OUR_SHARE


def prepare(request: Request, hops: int, realm: str) -> Request:
    """A copy to send on: one hop less, and without the credentials that were meant for us."""
    forwarded = request.copy()
    forwarded.replace("max-forwards", f"Max-Forwards: {hops - 1}")
    names, lines = forwarded.names, forwarded.lines
    if "proxy-authorization" in names or "authorization" in names:
        ours = f'"{realm}"'
        for i in range(len(names) - 1, -1, -1):
            if names[i] in ("proxy-authorization", "authorization") and ours in lines[i]:
                del names[i], lines[i]
    return forwarded
