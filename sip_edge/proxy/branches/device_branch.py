"""Branches to devices that may be silent, gone or asleep: they wait for the device to register, and go on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from sip_edge.message.message import Response
from sip_edge.proxy.branches.branch import Branch, BranchObserver
from sip_edge.proxy.forwarding import Forwarding
from sip_edge.proxy.proxied_request import LONGEST_HOLD_S, ProxiedRequest
from sip_edge.proxy.targets.held_requests import NOT_REACHED, Hold
from sip_edge.proxy.targets.target import NO_FLOW, NextHop, Target
from sip_edge.transaction.invite_client import InviteClient
from sip_edge.transport.flow import Flow

_ASLEEP: Final = 480  # the outcome of a device that has no flow


class DeviceBranch(Branch):
    """A branch whose target may have further flows (`Target.next_hop`)."""

    __slots__ = ("_hold", "_is_replaced", "_is_silent", "_is_waiting")

    def __init__(
        self,
        observer: BranchObserver,
        proxied: ProxiedRequest,
        forwarding: Forwarding,
        target: Target,
        cancel_reasons: Sequence[str] | None = None,
    ) -> None:
        super().__init__(observer, proxied, forwarding, target, cancel_reasons)
        self._hold: Hold | None = None
        self._is_replaced = self._is_silent = self._is_waiting = False

    @property
    def hold(self) -> Hold:
        """See Holder."""
        if self._hold is None:
            self._hold = self._forwarding.held.hold(self._proxied, self._observer)
        return self._hold

    def on_back(self) -> None:
        """See Holder: a phone that has begun anew at the same place may have missed the request."""
        if self._client and not self._is_heard:
            self._client.hasten(self._forwarding.clock())

    def begin(self, now: float) -> None:
        """Send the request to the target, or wait for a device that sleeps."""
        next_hop = self._target.next_hop
        if self._flow is NO_FLOW and next_hop:
            self._observer.on_sent(now)
            self._wait(next_hop, _ASLEEP)
        else:
            super().begin(now)

    def on_response(self, response: Response, now: float) -> None:
        """See ClientTransactionUser."""
        if self._hold:
            self._hold.on_heard(now)
        if self.won and response.status < 300:
            self._find_way_of_ack()
            self._observer.on_unacknowledged()
        super().on_response(response, now)

    def _find_way_of_ack(self) -> None:
        """A device that repeats its 2xx has no ACK. It may have moved while it rang, and then the next ACK follows."""
        if next_hop := self._target.next_hop:
            next_hop.other_flow(None, self._continuation(lambda _: None))

    def on_failure(self, status: int, now: float) -> None:
        """See ClientTransactionUser: the request goes over the next flow to the same place, if there is one."""
        is_given_up = self._is_replaced or self._cancel_reasons is not None or (self._target.uri and self._is_heard)
        next_hop = None if is_given_up else self._target.next_hop
        if next_hop is None:
            super().on_failure(status, now)
            return
        try:
            self._wait(next_hop, status)
        except Exception as error:
            self._observer.fail(error)

    def on_flow_lost(self, now: float) -> bool:
        """See ClientTransactionUser: a device that rings may come back over another flow, with the call that it has."""
        next_hop = self._target.next_hop
        if not (self._target.uri and next_hop and self._proxied.is_held):
            return False
        if not self._is_waiting:
            try:
                self._look_for_way_back(next_hop, now)
            except Exception as error:
                self._observer.fail(error)
        return True

    def _look_for_way_back(self, next_hop: NextHop, now: float) -> None:
        self._is_waiting = True
        self._hold = None  # the one of a device that was slow to ring is over
        self._proxied.held_until = max(self._proxied.held_until, now + LONGEST_HOLD_S)
        next_hop.next_flow(self, self._continuation(self._on_way_back_found))
        if self._cancel_reasons is not None:
            self._end(487, None, now)

    def _on_way_back_found(self, flow: Flow | None) -> None:
        now, client = self._forwarding.clock(), self._client
        self._is_waiting = False
        if not isinstance(client, InviteClient):
            return
        if flow:
            self._flow = flow
            client.move(flow, now)
            return
        client.end()
        if not self.done:
            self._refuse(NOT_REACHED, now)

    def _wait(self, next_hop: NextHop, status: int) -> None:
        self._is_waiting = True
        next_hop.next_flow(self, self._continuation(partial(self._on_next_flow_found, status)))

    def _on_next_flow_found(self, status: int, flow: Flow | None) -> None:
        now, is_waiting = self._forwarding.clock(), self._is_waiting
        self._is_waiting = False
        if self.done:
            if flow and self.hold.is_late:
                self._go_on_over(flow, now)
        elif not is_waiting:
            return
        elif flow:
            self._media.release_attempt(now)
            self._target = self._media.target = self._target_at(flow)
            self._flow = flow
            self.begin(now)
        elif self._proxied.is_held:
            self._refuse(NOT_REACHED, now)
        else:
            self._end(status, None, now)

    def on_silence(self, now: float) -> None:
        """See ClientTransactionUser: a device that has moved is found over its new flow."""
        next_hop = self._target.next_hop
        if next_hop is None:
            return
        if self._is_heard and self._cancel_reasons is not None:
            next_hop.other_flow(None, self._continuation(self._on_way_of_cancel_found))
        elif self._cancel_reasons is None and not self._is_silent:
            self._is_silent = True
            next_hop.other_flow(self, self._continuation(self._on_other_flow_found))

    def _on_way_of_cancel_found(self, flow: Flow | None) -> None:
        if flow and isinstance(self._client, InviteClient):
            self._client.move(flow, self._forwarding.clock())

    def _on_other_flow_found(self, flow: Flow | None) -> None:
        now = self._forwarding.clock()
        if self._is_waiting:  # its flow has ended meanwhile
            self._on_next_flow_found(_ASLEEP, flow)
        elif self._is_heard:
            return
        elif flow:
            self._is_replaced = True
            self._go_on_over(flow, now)
        elif self._proxied.is_held and self._cancel_reasons is None and not self.done:
            self._stop_asking(now)
            self._refuse(NOT_REACHED, now)

    def _go_on_over(self, flow: Flow, now: float) -> None:
        """Go on over another flow. The device of a cancelled INVITE gets its CANCEL, too, and rings no more."""
        target = self._target_at(flow)
        onward = DeviceBranch(self._observer, self._proxied, self._forwarding, target, self._cancel_reasons)
        self._observer.on_moved(self, onward, now)

    def _target_at(self, flow: Flow) -> Target:
        """The target at another flow, which its next hop has found."""
        next_hop = self._target.next_hop
        return next_hop.target_at(flow, self._target) if next_hop else self._target

    def cancel(self, reasons: Sequence[str], now: float) -> None:
        """See Branch. A device that was woken still gets the INVITE and the CANCEL when it registers."""
        super().cancel(reasons, now)
        if self._is_waiting and self._is_heard:  # it is still looked for, since it rings on
            self._end(487, None, now)
            return
        if self._is_waiting or self._is_silent:
            self.hold.give_up(now)
        if self._is_waiting:
            self._end(487, None, now)
