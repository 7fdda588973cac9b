"""The media of a branch: the session at an rtpengine that relays them.

A branch has a session if its ends could not hear each other without it.
"""

from __future__ import annotations

from sip_edge.media.anchors import Anchors, OnRewritten
from sip_edge.media.session import Session
from sip_edge.message.errors import RejectError
from sip_edge.message.message import Request, Response
from sip_edge.proxy.dialog.own_requests import CallEnd, byes_to_both_ends
from sip_edge.proxy.proxied_request import ProxiedRequest
from sip_edge.proxy.targets.target import Target
from sip_edge.transaction.layer import Transactions
from sip_edge.transport.flow import Flow


class BranchMedia:
    """The media of one branch. `session` is None for the most part.

    An INVITE that begins a call has a session for each branch. A request within a dialog has that of the dialog.
    """

    __slots__ = ("_anchors", "_proxied", "session", "target")

    def __init__(self, anchors: Anchors, proxied: ProxiedRequest, target: Target) -> None:
        self._anchors = anchors
        self._proxied = proxied
        self.target = target
        self.session = target.session

    def needed(self, request: Request, flow: Flow) -> Session | RejectError | None:
        """The session that a request over a flow has to pass. A refusal when it needs one and can't have it."""
        proxied, target = self._proxied, self.target
        if not target.uri:
            return self.session if request.body else None
        if request.method != "INVITE":
            return None
        return self._anchors.session(proxied.request, proxied.flow, flow, target.uri)

    def rewrite_offer(self, session: Session, request: Request, flow: Flow, on_rewritten: OnRewritten) -> None:
        """Let the description in a request pass the session."""
        if self.target.uri:
            self._anchors.begin(session, request, flow, on_rewritten)
        else:
            self._anchors.request(session, self.target.sender, request, flow, on_rewritten)

    def rewrite_answer(self, session: Session, response: Response, on_rewritten: OnRewritten) -> None:
        """Let the description in a response pass the session."""
        sender, proxied = self.target.sender.other, self._proxied
        self._anchors.response(session, sender, response, proxied.request, proxied.flow, on_rewritten)

    def watch(self, response: Response, recorded: str, flow: Flow, transactions: Transactions, now: float) -> None:
        """Let the call that a 2xx over a flow has begun end at both ends when its media stop.

        `recorded` is our Record-Route value in the INVITE.
        """
        if self.session is None or not self.target.uri:
            return
        proxied, invite = self._proxied, self._proxied.request
        byes = byes_to_both_ends(invite, response, recorded, self.target.uri, proxied.flow, flow)
        call_end, report_end = CallEnd(transactions, byes), proxied.account.end_report()
        self._anchors.watch(self.session, invite.get("call-id"), call_end, report_end, now)

    def release_attempt(self, now: float) -> None:
        """Release the session of an INVITE that makes no call."""
        if self.session and self.target.uri:
            self._anchors.end(self.session, self._proxied.request, now)

    def release(self, status: int, now: float) -> None:
        """Release the session of a request that has ended with that status.

        A session that still has a call stays. A BYE ends a call whatever its answer is, unless that asks for a
        password.
        """
        if self._proxied.request.method != "BYE" or status in (401, 407):
            self.release_attempt(now)
            return
        report_end = self._proxied.account.end_report()
        if self.session:
            self._anchors.end(self.session, self._proxied.request, now, report_end)
        else:
            report_end({})
