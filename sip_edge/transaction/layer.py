"""Makes transactions, and finds the transaction of a message (RFC 3261 §17.1.3, §17.2.3)."""

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
    NonInviteClient,
    client_key,
)
from sip_edge.transaction.invite_client import InviteClient
from sip_edge.transaction.server import InviteServer, NonInviteServer, ServerTable, ServerTransaction
from sip_edge.transaction.timers import TIMER_B_F_H_J, Timers
from sip_edge.transaction.tokens import Tokens
from sip_edge.transport.flow import Flow


class Transactions:
    """All transactions of an edge."""

    def __init__(self, timers: Timers, tokens: Tokens, mark: Callable[[], str]) -> None:
        """`mark` ends the branches of this edge. By it a response finds the edge with its transaction."""
        self._timers = timers
        self._tokens = tokens
        self._mark = mark
        self._servers: ServerTable = {}
        self._clients: ClientTable = {}

    def __len__(self) -> int:
        """The number of transactions."""
        return len(self._servers) + len(self._clients)

    @property
    def unsettled(self) -> int:
        """The number of requests that wait for their final answer."""
        return sum(not server.settled for server in self._servers.values())

    def find_server(self, request: Request, via: Via) -> ServerTransaction | None:
        """Returns the transaction of a request. That of an ACK or CANCEL is its INVITE's."""
        return self._servers.get(_server_key(request, via))

    def find_repeated(self, request: Request, via: Via) -> ServerTransaction | None:
        """Returns the transaction that a request has started already."""
        return self._servers.get(_server_key(request, via, request.method))

    def fail(self, request: Request, error: Exception) -> bool:
        """Fails the user of a request's transaction, of a CANCEL that of its INVITE. Returns False when none waits."""
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
        """Returns a new transaction for an INVITE that came over a flow."""
        return InviteServer(self._servers, self._timers, _server_key(request, via), request, flow)

    def serve(self, request: Request, via: Via, flow: Flow) -> NonInviteServer:
        """Returns a new transaction for any other request but ACK that came over a flow."""
        key = _server_key(request, via, request.method)
        return NonInviteServer(self._servers, self._timers, key, request, flow)

    def invite(
        self, request: Request, flow: Flow, asker: ClientTransactionUser, ringing: float, now: float, loop: str = ""
    ) -> InviteClient:
        """Sends an INVITE with this edge's Via on top. It may ring for `ringing` seconds."""
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
        """Sends any other request but ACK with this edge's Via on top, and waits `patience` seconds for its answer."""
        branch = self.add_via(request, flow, loop)
        client = NonInviteClient(self._clients, self._timers, branch, request, flow, asker)
        client.start(now, patience)
        return client

    def add_via(self, request: Request, flow: Flow, loop: str = "") -> str:
        """Puts a Via on top of a request that goes over a flow. Returns its branch (RFC 3261 §16.6 step 8).

        `loop` is the part of the branch by which the request is known when it comes back (`proxy.validation.loops`).
        """
        branch = f"{MAGIC_COOKIE}{self._tokens.next()}{loop}{self._mark()}"
        request.prepend("via", f"Via: SIP/2.0/{flow.transport} {flow.local};branch={branch};rport")
        return branch

    def receive(self, response: Response, now: float) -> bool:
        """Gives a response to its transaction. Returns False when there is none."""
        client = self._find_client(response)
        if client is None:
            return False
        client.receive(response, now)
        return True

    def lose(self, flow: Flow, now: float) -> None:
        """Fails the requests over a connection that has ended, at the next tick (RFC 3261 §17.1.4)."""
        for client in self._clients.values():
            if client.flow is flow:
                client.lose(now)

    def abandon(self, now: float) -> None:
        """Gives up every INVITE that waits for its answer."""
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
