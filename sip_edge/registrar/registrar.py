"""REGISTER, step by step (RFC 3261 §10.3)."""

from __future__ import annotations

from typing import Final

from directory.schema.reasons import Reason
from sip_edge.guard.guard import ShedError
from sip_edge.message import sanity
from sip_edge.message.errors import MalformedError, RejectError
from sip_edge.message.message import Request, Response
from sip_edge.message.sanity import Identity
from sip_edge.message.via import Via
from sip_edge.registrar.diagnosis.register_log import RegisterLog
from sip_edge.registrar.origin import Origin
from sip_edge.registrar.reachability.bound_flows import BoundFlows
from sip_edge.registrar.register_authentication import RegisterAuthentication
from sip_edge.registrar.register_domain import RegisterDomain
from sip_edge.registrar.register_request import RegisterRequest
from sip_edge.registrar.registration import Registrations
from sip_edge.transport.flow import Flow

_SUPPORTED: Final = frozenset(("gruu", "outbound", "path"))


class Registrar:
    """Answers REGISTER. A 200 means that the bindings are durable. They name this edge as `edge`."""

    def __init__(
        self,
        edge: str,
        domain: RegisterDomain,
        authentication: RegisterAuthentication,
        registrations: Registrations,
        flows: BoundFlows,
        log: RegisterLog,
    ) -> None:
        self._edge = edge
        self._domain = domain
        self._authentication = authentication
        self._registrations = registrations
        self._flows = flows
        self._log = log

    @property
    def registrations(self) -> int:
        """Returns the number of flows and connections of this edge over which registered phones are reached."""
        return len(self._flows)

    def keeps(self, flow: str, now: float) -> bool:
        """Returns whether the UDP flow of that name is kept alive here."""
        return self._flows.is_kept(flow, now)

    def lose(self, flow: str) -> None:
        """Removes the bindings over the connection of that name, which has closed."""
        self._flows.lose(flow)

    def send_handover_pings(self, turn: int, now: float) -> None:
        """Asks some phones on UDP for a sign of life that other edges hear."""
        self._flows.handover.send_pings(turn, now)

    def begin_handover(self, ends: float) -> None:
        """Brings the phones on UDP to other edges. A load balancer terminates their flows soon after `ends`."""
        self._flows.handover.begin(ends)

    def has_handed_over(self, now: float) -> bool:
        """Returns whether a load balancer has taken the flows on UDP away by now."""
        return self._flows.handover.has_ended(now)

    def take_over(self, response: Response, flow: Flow) -> bool:
        """Keeps a flow alive whose phone answers another edge's handover ping. Returns whether the response is that."""
        return self._flows.handover.take_over(response, flow)

    def receive(self, request: Request, via: Via, identity: Identity, flow: Flow, now: float) -> None:
        """Takes in a REGISTER that is no repetition.

        Raises RejectError with the answer to one that can't be served, ShedError for one that gets none.
        """
        handover = self._flows.handover
        if handover.is_silent(flow, now):
            raise ShedError("shed_leaving")
        sanity.require(request, "require", _SUPPORTED)
        aor = self._domain.aor_of(request, identity.to_uri, identity.call_id, flow, now)
        origin = Origin(request, identity.call_id, flow)
        try:
            credentials = self._authentication.credentials_of(request, aor, origin, now)
            if credentials is None:
                return
            register = RegisterRequest(request, aor, credentials, identity, origin, self._edge)
            if not flow.reliable:
                register.limit_expiries(handover.most_expires_s)
        except (MalformedError, RejectError) as error:
            reason = error.reason if isinstance(error, RejectError) else Reason.MALFORMED
            self._log.note_attempt(Reason(reason), aor, origin, now)
            raise
        self._authentication.check_guesses(register, now)
        self._registrations.begin(register, via, now)

    def note_unreadable(self, request: Request, flow: Flow, now: float) -> None:
        """Records a REGISTER that was refused before it could be read, if it names an address."""
        self._domain.note_unreadable(request, flow, now)
