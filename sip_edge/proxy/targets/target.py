"""Targets: the places that a request may go to (RFC 3261 §16.5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from sip_edge.continuation import Continuation
from sip_edge.media.session import Session, Side
from sip_edge.message.message import Request
from sip_edge.proxy.targets.held_requests import Hold
from sip_edge.transport.flow import Flow

OnFlowFound = Continuation[Flow | None]

NO_FLOW: Final = Flow("", False, "", 0, "")
"""Stands in the place of the flow of a device that sleeps."""


class Holder(Protocol):
    """Has a request that may wait for a device."""

    @property
    def hold(self) -> Hold:
        """The hold of the request for one device, which is made when it is asked for."""

    def on_back(self) -> None:
        """The address has registered while the device still has the flow that was tried."""


class NextHop(Protocol):
    """Flows to one place, to be tried one after the other (`proxy.targets.next_hop`)."""

    def next_flow(self, holder: Holder | None, on_flow_found: OnFlowFound) -> None:
        """Give the first flow, and after a failure the next one; None when there is no further one.

        A device that is gone may register as long as the request of `holder` is held. None is for one that can't wait.
        """

    def other_flow(self, holder: Holder | None, on_flow_found: OnFlowFound) -> None:
        """Give another flow than a silent one, over which the device registers; None when it does not in time."""

    def target_at(self, flow: Flow, target: Target) -> Target:
        """Returns the target at a flow that was found. A device that has moved may have another Contact there."""


@dataclass(frozen=True, slots=True)
class Target:
    """A flow that a request may go over, and a Request-URI of its own unless that of the request stays.

    The flow is NO_FLOW while a device sleeps: then `next_hop` gives it after a push.

    `path` has the proxies before a device in the order of their visit (RFC 3327 §5.1). `next_hop` has other flows to
    the same place for the failure or silence of this one. `device` is the address of ours that leads later requests of
    the dialog to the device (`proxy.dialog.device_address`). `session` is the media session of the request's dialog, if
    an rtpengine relays it. `sender` is the end of the dialog that sends the request.
    """

    flow: Flow
    uri: str = ""
    path: tuple[str, ...] = ()
    next_hop: NextHop | None = None
    session: Session | None = None
    sender: Side = Side.CALLER
    device: str = ""

    def address(self, request: Request) -> None:
        """Address a request to this target (RFC 3261 §16.6 steps 2 and 6)."""
        if self.uri:
            request.retarget(self.uri)
        if self.path:
            request.prepend("route", f"Route: {', '.join(self.path)}")
