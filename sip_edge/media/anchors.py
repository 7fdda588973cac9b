"""Anchored calls: the choice of calls whose media an rtpengine relays, and the way of their descriptions through it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from sip_edge.continuation import Continuation
from sip_edge.media import anchoring_policy, description, rewriting
from sip_edge.media.description import Description
from sip_edge.media.engine import Reply
from sip_edge.media.form import Form, forms_of_ends
from sip_edge.media.pool import Pool
from sip_edge.media.report import ReportEnd
from sip_edge.media.session import Session, Side
from sip_edge.media.session_end import SessionEnd
from sip_edge.media.trimming import refuse_video, trim
from sip_edge.media.watch import HangUp, Watch
from sip_edge.message.errors import RejectError
from sip_edge.message.message import Message, Request, Response
from sip_edge.transaction.tokens import Tokens
from sip_edge.transport.flow import Flow

Anchoring = Literal["auto", "always", "never"]
OnRewritten = Continuation[Session | RejectError]

# The replies of an rtpengine that works, and has no room for another call.
_FULL: Final = (b"Ran out of ports", b"Parallel session limit reached")
_LONGEST_BYTES: Final = 4000  # of a datagram that PJSIP reads (PJSIP_MAX_PKT_LEN)
_OURS_BYTES: Final = 600  # about the size of our Via and Record-Route, which an INVITE gets later
_AWAY: Final = RejectError("500 Media Relay Unavailable", "Retry-After: 5")


class Anchors:
    """Anchors calls: at the rtpengines of a pool, when `anchoring` says so."""

    def __init__(
        self,
        pool: Pool,
        watch: Watch,
        ending: SessionEnd,
        anchoring: Anchoring,
        tokens: Tokens,
        clock: Callable[[], float],
    ) -> None:
        self._pool = pool
        self._watch = watch
        self._anchoring: Anchoring = anchoring if pool else "never"
        self._tokens = tokens
        self._ending = ending
        self._clock = clock

    def session(self, invite: Request, caller: Flow, device: Flow, contact: str) -> Session | RejectError | None:
        """The session that a call to a device needs, for `begin`.

        None when it needs none. A refusal when it needs one and can't have it.
        """
        forms = forms_of_ends(invite.body, caller.transport, device.transport)
        if self._anchoring == "never":
            return None if forms[0] is forms[1] else _unacceptable("No media relay between these two ends")
        if (
            self._anchoring == "auto"
            and forms[0] is forms[1]
            and not anchoring_policy.device_may_be_behind_nat(contact, device)
            and not anchoring_policy.caller_is_behind_nat(invite, caller)
            and not anchoring_policy.families_differ(invite, caller, device)
        ):
            return None
        engine = self._pool.next()
        if engine is None:
            return _AWAY
        return Session(engine.address, self._tokens.next(), *forms, late=not description.is_in(invite))

    def begin(self, session: Session, invite: Request, device: Flow, on_rewritten: OnRewritten) -> None:
        """Let the INVITE's offer pass. `on_rewritten` gets the session as it began, at another rtpengine perhaps."""

        self._begin(session, invite, device, on_rewritten, {session.engine})

    def _begin(
        self, session: Session, invite: Request, device: Flow, on_rewritten: OnRewritten, tried: set[str]
    ) -> None:
        def on_offer_tried(outcome: Session | RejectError) -> None:
            other = self._pool.next(tried) if outcome is _AWAY else None
            if other is None:
                on_rewritten(outcome)
            else:
                tried.add(other.address)
                self._begin(session._replace(engine=other.address), invite, device, on_rewritten, tried)

        self.request(session, Side.CALLER, invite, device, on_rewritten.preceded_by(on_offer_tried))

    def request(self, session: Session, sender: Side, request: Request, to: Flow, on_rewritten: OnRewritten) -> None:
        """Let the description in a request of `sender`'s pass, if there is one.

        An ACK never has an offer, and a PRACK none where the callee made the first (RFC 3262 §5).
        """
        answers = request.method == "ACK" or (request.method == "PRACK" and session.late)
        self._pass("answer" if answers else "offer", session, sender, request, to, on_rewritten)

    def response(
        self, session: Session, sender: Side, response: Response, request: Request, to: Flow, on_rewritten: OnRewritten
    ) -> None:
        """Let the description in a response of `sender`'s to a request pass, if there is one."""
        command = "answer" if description.is_in(request) else "offer"
        self._pass(command, session, sender, response, to, on_rewritten)

    def watch(self, session: Session, call_id: str, hang_up: HangUp, report_end: ReportEnd, now: float) -> None:
        """Let a call that was answered end when its media stop: see `Watch.begin`."""
        self._watch.begin(session, call_id, hang_up, report_end, now)

    def end(self, session: Session, request: Request, now: float, report_end: ReportEnd | None = None) -> None:
        """End a session after the BYE or unanswered INVITE in `request`. `report_end` gets the figures of a call."""
        self._watch.end(session)
        self._ending.end(session, request.get("call-id"), report_end, now=now)

    def _pass(
        self, command: str, session: Session, sender: Side, message: Message, to: Flow, on_rewritten: OnRewritten
    ) -> None:
        try:
            found = description.find(message)
        except RejectError as refusal:
            on_rewritten(refusal)
            return
        if found is None:
            on_rewritten(session)
            return

        def on_reply(reply: Reply | None) -> None:
            text = _rewritten(reply)
            if isinstance(text, RejectError):
                on_rewritten(text)
                return
            if session.form(sender) is Form.WEBRTC and session.form(sender.other) is not Form.WEBRTC:
                text = _for_phone(text, found, message, to)
            found.put(message, text)
            on_rewritten(session)

        asked = rewriting.command(command, session, sender, found.text, anchoring_policy.family(to))
        self._pool.at(session.engine).ask(asked, on_rewritten.preceded_by(on_reply), self._clock())


def _unacceptable(why: str) -> RejectError:
    return RejectError("488 Not Acceptable Here", f'Warning: 399 media "{why}"')


def _rewritten(reply: Reply | None) -> bytes | RejectError:
    if reply is None or reply.get("result") == b"load limit" or reply.get("error-reason") in _FULL:
        return _AWAY
    text = reply.get("sdp")
    if reply.get("result") != b"ok" or not isinstance(text, bytes):
        return _unacceptable("The session description can't be relayed")
    return text


def _for_phone(text: bytes, found: Description, message: Message, to: Flow) -> bytes:
    """The description of a browser for a phone. Over UDP it has no video when the datagram would be too long."""
    text = trim(text)
    if to.transport == "UDP" and len(message.encode()) - len(found.text) + len(text) > _LONGEST_BYTES - _OURS_BYTES:
        return refuse_video(text)
    return text
