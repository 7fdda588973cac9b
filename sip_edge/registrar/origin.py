"""The origin of a REGISTER, as attempts and log lines show it."""

from __future__ import annotations

from sys import intern
from typing import Final

from sip_edge.message.message import Request
from sip_edge.message.values import printable
from sip_edge.transport.flow import Flow

_LONGEST_AGENT: Final = 100


class Origin:
    """The flow that a REGISTER came over, its printable User-Agent, and its Call-ID."""

    __slots__ = ("call_id", "flow", "user_agent")

    def __init__(self, request: Request, call_id: str, flow: Flow) -> None:
        self.flow = flow
        # All phones of a make share the one text in memory.
        self.user_agent = intern(printable(request.get("user-agent"))[:_LONGEST_AGENT])
        self.call_id = call_id
