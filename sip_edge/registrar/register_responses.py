"""The responses to REGISTERs with credentials. Each is recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from directory.schema.model import Address
from directory.schema.reasons import Reason
from sip_edge.auth.nonce import time_of
from sip_edge.location.gruu import Gruus
from sip_edge.message.errors import RejectError
from sip_edge.message.reply import SERVER, reply
from sip_edge.registrar.challenge import Challenge
from sip_edge.registrar.diagnosis.register_log import RegisterLog
from sip_edge.registrar.ok_response import OkResponses, date_line
from sip_edge.registrar.reachability.bound_flows import BoundFlows
from sip_edge.registrar.register_request import RegisterRequest
from sip_edge.transaction.server import ServerTransaction
from sip_edge.transaction.tokens import Tokens


class Acceptance(NamedTuple):
    """A decision to accept a REGISTER. Times are in seconds since the epoch.

    `seen` is the address before: for a REGISTER that was stored already, the same. `has_replaced` tells that a device
    has lost its place to this one.
    """

    seen: Address
    began: float
    decided: float
    has_replaced: bool


class RegisterResponses:
    """Answers REGISTERs in their server transactions. An `extension_id` is "" where the address doesn't exist."""

    __slots__ = ("_challenge", "_clock", "_flows", "_log", "_ok_responses", "_tokens")

    def __init__(
        self,
        tokens: Tokens,
        gruus: Gruus,
        challenge: Challenge,
        log: RegisterLog,
        flows: BoundFlows,
        clock: Callable[[], float],
    ) -> None:
        self._tokens = tokens
        self._ok_responses = OkResponses(gruus, tokens)
        self._challenge = challenge
        self._log = log
        self._flows = flows
        self._clock = clock

    def accept(
        self, register: RegisterRequest, server: ServerTransaction, address: Address, acceptance: Acceptance, now: float
    ) -> None:
        """Answers 200 with the bindings as of the time of the decision, and keeps their flows.

        The wait for the table takes nothing from the expiries that the phone is told.
        """
        if acceptance.seen is not address:
            self._log.note_stored(register, acceptance.seen, address)
        if acceptance.has_replaced:
            self._log.note_replacement(register, address, now)
        bindings = address.live_bindings(now)
        most_told_s = self._flows.handover.most_told_s(register.origin.flow, now)
        data = self._ok_responses.response(register, bindings, acceptance.decided, most_told_s)
        server.respond(200, data, now)
        self._log.note_answer_time(now - acceptance.began)
        self._flows.update(register.origin.flow, register.edge, acceptance.seen, address, now)

    def refuse(
        self, register: RegisterRequest, server: ServerTransaction, refusal: RejectError, extension_id: str, now: float
    ) -> None:
        """Answers with a refusal."""
        self._log.note_refusal(register, Reason(refusal.reason), extension_id, now)
        headers = (*refusal.headers, date_line(now), SERVER)
        data = reply(register.message, refusal.status, self._tokens.next(), *headers)
        server.respond(int(refusal.status[:3]), data, now)

    def challenge(
        self, register: RegisterRequest, server: ServerTransaction, reason: Reason, extension_id: str, now: float
    ) -> None:
        """Challenges again for credentials that prove nothing."""
        self._log.note_wrong_credentials(register, reason, extension_id, now)
        status, data = self._challenge.to(register.message, register.origin.flow, now, stale=False)
        server.respond(status, data, now)

    def challenge_anew(
        self, register: RegisterRequest, server: ServerTransaction, address: Address, now: float
    ) -> None:
        """Challenges again for good credentials below the watermark of `address`, with a nonce that is newer.

        A phone is not accused of a replay when it repeats credentials over its own flow. SIP.js does so at each
        refresh. It is not accused when its nonce is of an edge with a slower clock than the watermark's.
        """
        flow = register.origin.flow
        is_its_own = self._flows.has_registered(flow) or any(b.flow == flow.name for b in address.live_bindings(now))
        if is_its_own or time_of(address.nonce) > now:
            self._log.note_challenge(is_stale=True)
        else:
            self._log.note_refusal(register, Reason.REPLAYED_CREDENTIALS, address.extension_id, now)
        status, data = self._challenge.to(register.message, flow, now, stale=True, after=address.nonce)
        server.respond(status, data, now)

    def unavailable(
        self, register: RegisterRequest, server: ServerTransaction, reason: str, retry_after_s: int, now: float
    ) -> None:
        """Answers 503 when the directory can't answer, for a `reason` that the log names."""
        self._log.note_unavailable(register, reason)
        headers = (f"Retry-After: {retry_after_s}", SERVER)
        data = reply(register.message, "503 Service Unavailable", self._tokens.next(), *headers)
        server.respond(503, data, now)

    def fail(self, register: RegisterRequest, server: ServerTransaction, error: Exception) -> None:
        """Answers 500 when a step has raised."""
        self._log.note_failure(register, error)
        data = reply(register.message, "500 Server Internal Error", self._tokens.next(), SERVER)
        server.respond(500, data, self._clock())
