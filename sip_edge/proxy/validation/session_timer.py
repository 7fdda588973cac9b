"""The least interval of session timers, which a proxy may refuse to go below (RFC 4028 §8.1)."""

from __future__ import annotations

from typing import Final

from sip_edge.message.errors import RejectError
from sip_edge.message.message import Request

_LEAST_S: Final = 90


def check_interval(invite: Request) -> None:
    """Refuse a session that would be refreshed too often. Raises RejectError with 422 and the least interval.

    A caller that doesn't know of session timers could make nothing of a 422, and did not ask for one.
    """
    if "session-expires" not in invite.names:
        return
    interval = invite.get("session-expires").partition(";")[0].strip()
    supported = {tag.lower() for tag in invite.tags("supported")}
    if interval.isascii() and interval.isdigit() and int(interval[:10]) < _LEAST_S and "timer" in supported:
        raise RejectError("422 Session Interval Too Small", f"Min-SE: {_LEAST_S}")
