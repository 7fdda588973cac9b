"""A request that the proxy forwards, with the facts that all of its branches share."""

from __future__ import annotations

from typing import Final

from sip_edge.message.message import Request
from sip_edge.proxy.accounting import Accounting
from sip_edge.transport.flow import Flow

HELD_METHODS: Final = frozenset(("INVITE", "MESSAGE"))
LONGEST_HOLD_S: Final = 9.0  # a caller has an answer within ten seconds
LEAST_HOLD_S: Final = 3.0  # for a device that is asked late, after others or after its registration
PUSHED_CALL_S: Final = 30.0  # a woken phone is back by then, and a caller who hears it ring is patient
PUSHED_MESSAGE_S: Final = 20.0  # a MESSAGE has its answer before 25 s (RFC 4320 §4.1)


class ProxiedRequest:
    """A request as it came over `flow`.

    `hops` is its Max-Forwards. `loop` is the part of its branches by which an edge recognises its return (RFC 5393 §4),
    "" for none. `are_colleagues` tells that both ends are extensions of one customer; it is False until that is proved.
    `device` is the address of the caller's device (`proxy.dialog.device_address`), "" for a caller from outside.
    It may wait for a device until `held_until`, in seconds since the epoch. When it `is_held` for that, the wait ends
    with an answer, else with its own timers. It `is_given_up` when its caller has sent a CANCEL.
    """

    __slots__ = (
        "account",
        "are_colleagues",
        "device",
        "flow",
        "held_until",
        "hops",
        "is_given_up",
        "is_held",
        "loop",
        "request",
    )

    def __init__(
        self, request: Request, flow: Flow, hops: int, loop: str, account: Accounting, held_until: float
    ) -> None:
        self.request = request
        self.flow = flow
        self.hops = hops
        self.loop = loop
        self.account = account
        self.held_until = held_until
        self.is_held = False
        self.is_given_up = False
        self.are_colleagues = False
        self.device = ""

    def silent_until(self, now: float) -> float:
        """The time until which a device may be silent. One that is asked late has a few seconds, too."""
        return max(self.held_until, now + LEAST_HOLD_S) if self.is_held else self.held_until

    def pushed_until(self, now: float) -> float:
        """The time until which a device is waited for that a push is to wake from now on."""
        if self.request.method == "INVITE":
            return now + PUSHED_CALL_S
        return self.held_until - LONGEST_HOLD_S + PUSHED_MESSAGE_S
