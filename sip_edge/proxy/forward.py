"""What every request undergoes on its way through (RFC 3261 §16.6)."""

from __future__ import annotations

from sip_edge.message.message import Request


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
