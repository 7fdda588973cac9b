"""A request that the proxy forwards, with the facts that all of its branches share."""

from __future__ import annotations

from sip_edge.message.message import Request
from sip_edge.proxy.accounting import Accounting
from sip_edge.transport.flow import Flow


class ProxiedRequest:
    """A request as it came over `flow`.

    `hops` is its Max-Forwards. `loop` is the part of its branches by which an edge recognises its return (RFC 5393 §4),
    "" for none. `are_colleagues` tells that both ends are extensions of one customer; it is False until that is proved.
    `device` is the address of the caller's device (`proxy.dialog.device_address`), "" for a caller from outside.
    """

    __slots__ = ("account", "are_colleagues", "device", "flow", "hops", "loop", "request")

    def __init__(self, request: Request, flow: Flow, hops: int, loop: str, account: Accounting) -> None:
        self.request = request
        self.flow = flow
        self.hops = hops
        self.loop = loop
        self.account = account
        self.are_colleagues = False
        self.device = ""
