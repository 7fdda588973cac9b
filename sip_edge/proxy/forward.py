"""What every request undergoes on its way through (RFC 3261 §16.6)."""

from __future__ import annotations

from typing import Final

from sip_edge.auth.digest import CREDENTIAL_HEADERS, has_credentials, is_for
from sip_edge.message.message import Request
from sip_edge.proxy.validation.trusted_headers import withhold

_OUR_SHARE: Final = 200  # about what our Via and Record-Route add


def size_of(request: Request) -> int:
    """About how many bytes a request will have when it goes out."""
    return len(request.body) + sum(len(line) + 2 for line in request.lines) + len(request.start) + _OUR_SHARE


def prepare(request: Request, hops: int, realm: str, are_colleagues: bool) -> Request:
    """A copy to send on: one hop less, without the credentials that were meant for us, and without what the other end
    trusts only its colleagues with.
    """
    forwarded = request.copy()
    forwarded.replace("max-forwards", f"Max-Forwards: {hops - 1}")
    names, lines = forwarded.names, forwarded.lines
    if has_credentials(request):
        for i in range(len(names) - 1, -1, -1):
            if names[i] in CREDENTIAL_HEADERS and is_for(lines[i], realm):
                del names[i], lines[i]
    withhold(forwarded, are_colleagues)
    return forwarded
