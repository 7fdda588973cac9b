"""The largest sizes of requests."""

from __future__ import annotations

from typing import Final

from sip_edge.message.errors import RejectError
from sip_edge.message.message import Request

LONGEST_BODY: Final = 256 * 1024
LONGEST_HEAD: Final = 64 * 1024
_LONGEST_LINE: Final = 16 * 1024
_MOST_LINES: Final = 256
_LONGEST_URI: Final = 1024


def check_size(request: Request) -> None:
    """Raises RejectError with 414, 413 or 513 for a request that is too large (RFC 3261 §21.4.9 to §21.5.7)."""
    if len(request.uri) > _LONGEST_URI:
        raise RejectError("414 Request-URI Too Long")
    if len(request.lines) > _MOST_LINES or max(map(len, request.lines), default=0) > _LONGEST_LINE:
        raise RejectError("513 Message Too Large")
    length = request.get("content-length")
    if length.isascii() and length.isdigit() and int(length[:10]) > LONGEST_BODY:
        raise RejectError("413 Request Entity Too Large")
