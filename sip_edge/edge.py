"""The edge without its sockets. Every message passes here, in the order of the steps below."""

from __future__ import annotations

from sip_edge.fleet.fleet import Fleet
from sip_edge.guard.guard import Guard, ShedError
from sip_edge.guard.scanner import is_scanner
from sip_edge.journal import Journal
from sip_edge.message import sanity
from sip_edge.message import via as vias
from sip_edge.message.errors import MalformedError, RejectError
from sip_edge.message.message import Request, Response, parse
from sip_edge.message.reason import reasons_of
from sip_edge.message.sanity import Identity
from sip_edge.message.via import Via
from sip_edge.proxy.proxy import Proxy
from sip_edge.registrar.registrar import Registrar
from sip_edge.transaction.layer import Transactions
from sip_edge.transaction.server import InviteServer
from sip_edge.transport.flow import Flow


class Edge:
    """Handles one message at a time and never raises. A message that can't be understood is answered or counted."""

    def __init__(
        self,
        transactions: Transactions,
        registrar: Registrar,
        proxy: Proxy,
        fleet: Fleet,
        guard: Guard,
        journal: Journal,
    ) -> None:
        self._transactions = transactions
        self._registrar = registrar
        self._proxy = proxy
        self._fleet = fleet
        self._guard = guard
        self._journal = journal

    def receive(self, data: bytes, flow: Flow, now: float) -> None:
        """Handles a message that has come over a flow. `now` is in seconds since the epoch."""
        self._fleet.hear(flow, now)
        try:
            message = parse(data)
            if isinstance(message, Response):
                self._response(message, data, flow, now)
            else:
                self._request(message, flow, now)
        except MalformedError:
            self._journal.count("dropped_malformed" if data.strip(b"\r\n\0") else "keepalive")
        except Exception as error:
            self._journal.trouble("internal_error", error, source=flow.source)

    def refuse(self, head: bytes, status: str, flow: Flow) -> None:
        """Answers a request whose end in a stream can't be known (RFC 3261 §18.3). A response is discarded."""
        try:
            message = parse(head)
            if isinstance(message, Response):
                self._journal.count("dropped_malformed")
                return
            vias.mark_source(message, flow.host, flow.port)
            self._reject(message, RejectError(status), flow)
        except MalformedError:
            self._journal.count("dropped_malformed")
        except Exception as error:
            self._journal.trouble("internal_error", error, source=flow.source)

    def lose(self, flow: Flow, now: float) -> None:
        """Fails the requests that wait for an answer over a connection that has ended."""
        self._transactions.lose(flow, now)
        self._registrar.lose(flow.name)

    @property
    def at_work(self) -> bool:
        """Whether a request still waits for its final answer."""
        return self._transactions.unsettled > 0

    def abandon(self, now: float) -> None:
        """Cancels the calls that still ring, since the edge goes now. Their callers are told to try again."""
        self._transactions.abandon(now)

    @property
    def registrations(self) -> int:
        """The number of addresses and flows by which this edge reaches registered phones."""
        return self._registrar.registrations

    def keeps(self, flow: str, now: float) -> bool:
        """Whether the UDP flow of that name is kept alive here."""
        return self._registrar.keeps(flow, now)

    def send_handover_pings(self, turn: int, now: float) -> None:
        """Asks some phones for a sign of life that other edges hear: this one is about to stop."""
        self._registrar.send_handover_pings(turn, now)

    def begin_handover(self, ends: float) -> None:
        """Brings the phones on UDP to other edges. A load balancer terminates their flows soon after `ends`."""
        self._registrar.begin_handover(ends)

    def has_handed_over(self, now: float) -> bool:
        """Whether a load balancer has taken the flows on UDP away by now."""
        return self._registrar.has_handed_over(now)

    def _response(self, response: Response, data: bytes, flow: Flow, now: float) -> None:
        sanity.check_response(response)
        if self._transactions.receive(response, now):
            return
        if self._registrar.take_over(response, flow):
            self._journal.count("phone_taken_over")
        elif not self._fleet.hand_over(response, data, flow, now):
            self._journal.count("dropped_stray_response")

    def _request(self, request: Request, flow: Flow, now: float) -> None:
        try:
            if not flow.reliable and (port := vias.answered_at(request, flow.host, flow.port)) != flow.port:
                flow = flow.answered_at(port)
            self._answer(request, flow, now)
        except ShedError as shed:
            self._journal.count(shed.reason)
        except RejectError as rejected:
            self._reject(request, rejected, flow)
        except MalformedError as malformed:  # not `error` as well: mypyc gives one name one type
            if not self._transactions.fail(request, malformed):
                self._reject(request, RejectError(f"400 Bad Request - {malformed}"), flow)
        except Exception as error:
            # A fault of ours in one message must not end the service of all others.
            if not self._transactions.fail(request, error):
                self._journal.trouble("internal_error", error, source=flow.source)
                self._reject(request, RejectError("500 Server Internal Error"), flow)

    def _answer(self, request: Request, flow: Flow, now: float) -> None:
        """Takes the steps. Raises RejectError for a stateless refusal, ShedError for a request that gets no answer."""
        identity, via = self._identify(request, flow, now)
        if request.method == "CANCEL":
            self._cancel(request, via, flow, now)
        elif request.method == "ACK":
            invite = self._transactions.find_server(request, via)
            if not isinstance(invite, InviteServer) or not invite.acknowledge(now):
                self._proxy.receive_ack(request, identity)
        elif repeated := self._transactions.find_repeated(request, via):
            repeated.flow.extend_amplification_limit(flow)
            repeated.repeat()
        else:
            self._begin(request, via, identity, flow, now)

    def _identify(self, request: Request, flow: Flow, now: float) -> tuple[Identity, Via]:
        """Notes the source of a request, and returns its identity and Via. Raises RejectError and MalformedError."""
        try:
            vias.mark_source(request, flow.host, flow.port)
            return sanity.check(request), vias.top(request)
        except (MalformedError, RejectError):
            if request.method == "REGISTER":
                self._registrar.note_unreadable(request, flow, now)
            raise

    def _begin(self, request: Request, via: Via, identity: Identity, flow: Flow, now: float) -> None:
        """Handles a request that begins a transaction.

        Requests within a dialog skip the overload check, so calls in progress continue.
        """
        if not self._proxy.is_in_dialog(request, identity):
            if is_scanner(request):
                raise ShedError("shed_scanner")
            self._guard.check_room()
        if request.method == "REGISTER":
            self._registrar.receive(request, via, identity, flow, now)
        else:
            self._proxy.receive(request, via, identity, flow, now)

    def _cancel(self, request: Request, via: Via, flow: Flow, now: float) -> None:
        """Cancels an INVITE (RFC 3261 §9.2).

        Rejects a CANCEL that comes from another host than its INVITE: a branch parameter alone proves nothing.
        """
        invite = self._transactions.find_server(request, via)
        if not isinstance(invite, InviteServer) or invite.flow.host != flow.host:
            raise RejectError("481 Call/Transaction Does Not Exist")
        self._transactions.answer(request, "200 OK", flow)
        if invite.user:
            invite.user.cancel(reasons_of(request), now)

    def _reject(self, request: Request, rejected: RejectError, flow: Flow) -> None:
        """Refuses a request without any state. A repeated request gets the answer again (RFC 3261 §8.2.7)."""
        if request.method != "ACK":
            self._transactions.answer(request, rejected.status, flow, *rejected.headers)
        self._journal.count(f"rejected_{rejected.status[:3]}")
