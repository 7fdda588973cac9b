"""Branches: the way of a request to one target, and of its answers back (RFC 3261 §16.6, §16.7).

A branch passes the offer through the media relay, inserts Record-Route, and then begins a transaction. After that, it
passes the answer through the media relay, and at last it releases the media. It tells a `BranchObserver` of each
outcome, and that one decides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Protocol

from sip_edge.continuation import Continuation, Outcome
from sip_edge.media.session import Session
from sip_edge.message.errors import RejectError
from sip_edge.message.message import Request, Response
from sip_edge.message.reason import reason_for
from sip_edge.proxy.branches.branch_media import BranchMedia
from sip_edge.proxy.dialog.device_address import dialog_address
from sip_edge.proxy.dialog.own_requests import acknowledgement, farewell
from sip_edge.proxy.forwarding import Forwarding
from sip_edge.proxy.proxied_request import ProxiedRequest
from sip_edge.proxy.targets.held_requests import NOT_REACHED
from sip_edge.proxy.targets.target import Target
from sip_edge.proxy.validation.trusted_headers import withhold
from sip_edge.transaction.client import ClientTransaction, IgnoreOutcome
from sip_edge.transaction.invite_client import InviteClient

_NOT_FOR_OTHERS: Final = RejectError("502 Bad Gateway")  # the Vias of the response end with ours (§16.7 step 3)


class BranchObserver(Protocol):
    """Decides what follows from the events of a request's branches."""

    def on_sent(self, now: float) -> None:
        """A branch has sent the request."""

    def wants_success(self) -> bool:
        """Whether a first 2xx of a branch can still make the call."""

    def on_provisional(self, response: Response, now: float) -> None:
        """A branch has a provisional response for the caller."""

    def on_success(self, response: Response, now: float) -> None:
        """A branch has a 2xx for the caller, for the first time or again."""

    def on_refusal(self, branch: Branch, status: int, answer: Response | RejectError | None, now: float) -> None:
        """A branch has ended with that status, and with that answer for the caller; None when it got no answer."""

    def on_unacknowledged(self) -> None:
        """A branch got its 2xx again: its ACK is lost, or was never sent."""

    def on_late_success(self) -> None:
        """A branch got a 2xx that was not wanted any more, and has ended that call."""

    def on_moved(self, branch: Branch, replacement: Branch, now: float) -> None:
        """The device of a branch has registered over another flow, which the replacement is to go over."""

    def on_push_accepted(self, now: float) -> None:
        """The device of a branch is being woken."""

    def on_other_device(self, now: float) -> None:
        """Another device has registered at the address of one that is being woken."""

    def fail(self, error: Exception) -> None:
        """A step of a branch has raised."""


class Branch:
    """The way of a request to one target. `done` tells that its outcome is known, `won` that it has the 2xx.

    A branch that begins with `cancel_reasons` is late: its device gets the INVITE and the CANCEL of it.
    """

    __slots__ = (
        "_cancel_reasons",
        "_client",
        "_device",
        "_flow",
        "_forwarding",
        "_is_heard",
        "_is_hung_up",
        "_is_late",
        "_media",
        "_observer",
        "_proxied",
        "_recorded",
        "_target",
        "done",
        "won",
    )

    def __init__(
        self,
        observer: BranchObserver,
        proxied: ProxiedRequest,
        forwarding: Forwarding,
        target: Target,
        cancel_reasons: Sequence[str] | None = None,
    ) -> None:
        self._observer = observer
        self._proxied = proxied
        self._forwarding = forwarding
        self._target = target
        self._flow = target.flow
        self._device = target.device
        self._media = BranchMedia(forwarding.anchors, proxied, target)
        self._client: ClientTransaction | None = None
        self._recorded = ""
        self._cancel_reasons = cancel_reasons
        self._is_late = cancel_reasons is not None
        self._is_heard = self._is_hung_up = False
        self.done = self.won = False

    @property
    def is_transparent(self) -> bool:
        """Whether a further 2xx passes without a look at the request."""
        return self.won and self._media.session is None

    def leads_to(self, target: Target) -> bool:
        """Whether the branch leads to the device of a target."""
        own = self._target
        return own.device == target.device or (self._flow is target.flow and own.uri == target.uri)

    def begin(self, now: float) -> None:
        """Send the request to the target, after its offer has passed the media relay if the call needs one."""
        proxied = self._proxied
        request = self._forwarding.prepare(proxied.request, proxied.hops, proxied.are_colleagues)
        self._target.address(request)
        session = self._media.needed(request, self._flow)
        if isinstance(session, RejectError):
            self._refuse(session, now)
        elif session:
            on_offer_rewritten = self._continuation(partial(self._on_offer_rewritten, request))
            self._media.rewrite_offer(session, request, self._flow, on_offer_rewritten)
        else:
            self._send(request, now)

    def _on_offer_rewritten(self, request: Request, outcome: Session | RejectError) -> None:
        now = self._forwarding.clock()
        if isinstance(outcome, RejectError):
            self._refuse(outcome, now)
            return
        self._media.session = outcome
        if self._cancel_reasons is not None and not self._is_late:
            self._end(487, None, now)
        else:
            self._send(request, now)

    def _send(self, request: Request, now: float) -> None:
        proxied, transactions = self._proxied, self._forwarding.transactions
        if self._target.uri:
            self._recorded = self._forwarding.record_route.insert(request, proxied, self._flow, self._media.session)
        self._observer.on_sent(now)
        if request.method == "INVITE":
            self._client = transactions.invite(request, self._flow, self, self._forwarding.ringing_s, now, proxied.loop)
            if self._cancel_reasons is not None:
                self.cancel(self._cancel_reasons, now)
        else:
            self._client = transactions.ask(request, self._flow, self, now, loop=proxied.loop)

    def on_response(self, response: Response, now: float) -> None:
        """See ClientTransactionUser."""
        self._is_heard = True
        try:
            self._receive(response, now)
        except Exception as error:
            self._observer.fail(error)

    def _receive(self, response: Response, now: float) -> None:
        """Pass on a response, after its answer or offer has passed the media relay if the call has one."""
        proxied, status = self._proxied, response.status
        response.remove_first_value("via")
        self._device = dialog_address(self._device, response)
        withhold(response, proxied.are_colleagues)
        if status == 100 or (status < 200 and proxied.request.method != "INVITE"):
            return  # RFC 4320 §4.1
        if "via" not in response.names:
            self._drop(response, _NOT_FOR_OTHERS, now)
            return
        proxied.flow.validate_address()  # a callee's answers to its caller are not limited in size
        session = self._media.session
        if session is None or status >= 300 or not response.body:
            self._pass_on(response, now)
            return
        on_answer_rewritten = self._continuation(partial(self._on_answer_rewritten, response))
        self._media.rewrite_answer(session, response, on_answer_rewritten)

    def _on_answer_rewritten(self, response: Response, outcome: Session | RejectError) -> None:
        now = self._forwarding.clock()
        if isinstance(outcome, RejectError):
            self._drop(response, outcome, now)
        else:
            self._pass_on(response, now)

    def _pass_on(self, response: Response, now: float) -> None:
        status = response.status
        if status >= 300:
            self._end(status, response, now)
        elif status >= 200 and not (self.won or self._observer.wants_success()):
            self._hang_up(response, self._cancel_reasons or (), now)
        elif status >= 200:
            self._succeed(response, now)
        else:
            self._turn_route(response)
            self._observer.on_provisional(response, now)

    def _succeed(self, response: Response, now: float) -> None:
        is_first = not self.won
        if is_first:
            self._media.watch(response, self._recorded, self._flow, self._forwarding.transactions, now)
        self._turn_route(response)
        self.done = self.won = True
        if is_first and self._proxied.request.method == "BYE":
            self._media.release(response.status, now)
        self._observer.on_success(response, now)

    def _turn_route(self, response: Response) -> None:
        if self._recorded:
            route, session = self._forwarding.record_route, self._media.session
            route.turn(response, self._recorded, self._proxied, self._flow, session, self._device)

    def cancel(self, reasons: Sequence[str], now: float) -> None:
        """Cancel the INVITE for the reasons in these header lines (RFC 3326). Any other request goes on (§9.1)."""
        self._cancel_reasons = reasons
        if isinstance(self._client, InviteClient):
            self._client.cancel(reasons, now)

    def on_failure(self, status: int, now: float) -> None:
        """See ClientTransactionUser."""
        try:
            self._end(status, None, now)
        except Exception as error:
            self._observer.fail(error)

    def on_silence(self, now: float) -> None:
        """See ClientTransactionUser."""

    def on_flow_lost(self, now: float) -> bool:
        """See ClientTransactionUser."""
        return False

    def abandon(self, now: float) -> None:
        """Wait for no answer: another branch to the same device has one."""
        self.done = True
        self._media.release_attempt(now)
        self._stop_asking(now)

    def _stop_asking(self, now: float) -> None:
        if isinstance(self._client, InviteClient):
            self._client.cancel((reason_for(NOT_REACHED.status),), now)
        elif self._client:
            self._client.end()

    def _refuse(self, refusal: RejectError, now: float) -> None:
        self._end(int(refusal.status[:3]), refusal, now)

    def _end(self, status: int, answer: Response | RejectError | None, now: float) -> None:
        if not self.done:
            self.done = True
            self._media.release(status, now)
        self._observer.on_refusal(self, status, answer, now)

    def _drop(self, response: Response, refusal: RejectError, now: float) -> None:
        """A response can't be passed on. The refusal takes the place of a final one."""
        if response.status < 200:
            return
        was_done = self.done
        if self._target.uri and response.status < 300:
            self._hang_up(response, (reason_for(refusal.status),), now)
        if not was_done:
            self._refuse(refusal, now)

    def _hang_up(self, response: Response, reasons: Sequence[str], now: float) -> None:
        """End the call of a device whose 2xx came too late or can't be passed on."""
        invite = self._proxied.request
        if invite.method == "INVITE":
            ack = acknowledgement(invite, response, self._recorded, self._target.uri)
            self._forwarding.send_ack(ack, self._flow)
        if self._is_hung_up or self.won:
            return
        self.done = self._is_hung_up = True
        if self._target.uri and invite.method == "INVITE":
            self._media.release_attempt(now)
            bye = farewell(invite, response, self._recorded, self._target.uri, reasons)
            self._forwarding.transactions.ask(bye, self._flow, IgnoreOutcome(), now)
        self._observer.on_late_success()

    def _continuation(self, step: Callable[[Outcome], None]) -> Continuation[Outcome]:
        return Continuation(step, self._observer.fail)
