"""The transactions under way: where they are made and how a message finds its own (RFC 3261 §17.1.3, §17.2.3)."""

from __future__ import annotations

from collections.abc import Callable

from sip_edge.message import via as vias
from sip_edge.message.errors import MalformedError
from sip_edge.message.message import Request, Response
from sip_edge.message.reply import reply
from sip_edge.message.sanity import cseq
from sip_edge.message.via import MAGIC_COOKIE, Via
from sip_edge.transaction.client import (
    ClientTable,
    ClientTransaction,
    ClientTransactionUser,
    InviteClient,
    NonInviteClient,
    client_key,
)
from sip_edge.transaction.server import InviteServer, NonInviteServer, ServerTable, ServerTransaction
from sip_edge.transaction.timers import TIMER_B_F_H_J, Timers
from sip_edge.transaction.tokens import Tokens
from sip_edge.transport.flow import Flow


class Transactions:
    """All transactions of an edge."""

    def __init__(self, timers: Timers, tokens: Tokens, mark: Callable[[], str]) -> None:
        """`mark` ends our branches: by it a response finds the edge that holds its transaction."""
        self._timers = timers
        self._tokens = tokens
        self._mark = mark
        self._servers: ServerTable = {}
        self._clients: ClientTable = {}

    def __len__(self) -> int:
        """How many there are."""
        return len(self._servers) + len(self._clients)

    @property
    def unsettled(self) -> int:
        """How many requests still wait for their final answer."""
        return sum(not server.settled for server in self._servers.values())

    def find_server(self, request: Request, via: Via) -> ServerTransaction | None:
        """The transaction that a request belongs to; an ACK or CANCEL belongs to its INVITE's."""
        return self._servers.get(_server_key(request, via))

    def find_repeated(self, request: Request, via: Via) -> ServerTransaction | None:
        """The transaction that a request has already started."""
        return self._servers.get(_server_key(request, via, request.method))

    def fail(self, request: Request, error: Exception) -> bool:
        """Let the user of a request's transaction fail, of a CANCEL that of its INVITE. False when none waits."""
        try:
            via = vias.top(request)
        except MalformedError:
            return False
        server = self.find_server(request, via) if request.method == "CANCEL" else self.find_repeated(request, via)
        if server is None or server.user is None:
            return False
        server.user.fail(error)
        return True

    def answer(self, request: Request, status: str, flow: Flow, *headers: str) -> None:
        """Answers a request without a transaction (RFC 3261 §8.2.7). `headers` are further lines of the response."""
        flow.send_if_open(reply(request, status, self._tokens.next(), *headers))

    def serve_invite(self, request: Request, via: Via, flow: Flow) -> InviteServer:
        """A transaction for an INVITE that came over a flow."""
        return InviteServer(self._servers, self._timers, _server_key(request, via), request, flow)

    def serve(self, request: Request, via: Via, flow: Flow) -> NonInviteServer:
        """A transaction for any other request but ACK that came over a flow."""
        key = _server_key(request, via, request.method)
        return NonInviteServer(self._servers, self._timers, key, request, flow)

    def invite(
        self, request: Request, flow: Flow, asker: ClientTransactionUser, ringing: float, now: float, loop: str = ""
    ) -> InviteClient:
        """Send an INVITE, which may ring for `ringing` seconds, with our Via put on top."""
        branch = self.add_via(request, flow, loop)
        client = InviteClient(self._clients, self._timers, branch, request, flow, asker)
        client.start(now, ringing)
        return client

    def ask(
        self,
        request: Request,
        flow: Flow,
        asker: ClientTransactionUser,
        now: float,
        patience: float = TIMER_B_F_H_J,
        loop: str = "",
    ) -> NonInviteClient:
        """Send any other request but ACK, waiting `patience` seconds for its answer, with our Via put on top."""
        branch = self.add_via(request, flow, loop)
        client = NonInviteClient(self._clients, self._timers, branch, request, flow, asker)
        client.start(now, patience)
        return client

    def add_via(self, request: Request, flow: Flow, loop: str = "") -> str:
        """Put our Via on top of a request that goes over a flow, and return its branch (RFC 3261 §16.6 step 8).

        `loop` is the part of the branch by which the request is known when it comes back (`proxy.validation.loops`).
        """
        branch = f"{MAGIC_COOKIE}{self._tokens.next()}{loop}{self._mark()}"
        request.prepend("via", f"Via: SIP/2.0/{flow.transport} {flow.local};branch={branch};rport")
        return branch

    def receive(self, response: Response, now: float) -> bool:
        """Give a response to the transaction that it belongs to; False when there is none."""
        client = self._find_client(response)
        if client is None:
            return False
        client.receive(response, now)
        return True

    def lose(self, flow: Flow, now: float) -> None:
        """A connection has ended: let what was asked over it fail at the next tick (RFC 3261 §17.1.4)."""
        for client in self._clients.values():
            if client.flow is flow:
                client.lose(now)

    def abandon(self, now: float) -> None:
        """Give up every INVITE that still waits for its answer."""
        for server in list(self._servers.values()):
            if isinstance(server, InviteServer) and server.user:
                server.user.abandon(now)

    def _find_client(self, response: Response) -> ClientTransaction | None:
        return self._clients.get(client_key(vias.top(response).branch, cseq(response)[1]))


def _server_key(request: Request, via: Via, method: str = "INVITE") -> str:
    # Some devices use a branch again for their next request or call: Call-ID and CSeq tell these apart. An ACK and a
    # CANCEL have those of their INVITE (RFC 3261 §9.1, §17.1.1.3).
    key = f"{method} {via.branch} {via.sent_by} {request.get('call-id')} {cseq(request)[0]}"
    if via.branch.startswith(MAGIC_COOKIE):
        return key
    # An element of RFC 2543 makes no unique branches: what identifies the request has to do (§17.2.3).
    return f"{key} {request.get('from')} {request.uri}"
